// What scrolls sideways on a narrow screen is reached with the keyboard: a tab stop there, and none where nothing scrolls.
const wide = new ResizeObserver(entries => entries.forEach(({target}) => {
  if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
  else target.removeAttribute('tabindex')
}))
// Each page that instant navigation brings in; Material wraps its tables in the same moment.
document$.subscribe(() => setTimeout(() => {
  wide.disconnect()
  document.querySelectorAll('.md-typeset__scrollwrap, .katex-display').forEach(element => wide.observe(element))
}))
