// What scrolls on a narrow screen, or is a long function, is reached with the keyboard: a tab stop there, and none elsewhere.
// A moment after Material, which takes the tab stop from code that is tall, but not wide.
const wide = new ResizeObserver(entries => setTimeout(() => entries.forEach(({target}) => {
  const tall = target.tagName === 'CODE' && target.scrollHeight > target.clientHeight
  if (tall || target.scrollWidth > target.clientWidth) target.tabIndex = 0
  else target.removeAttribute('tabindex')
})))
// Each page that instant navigation brings in; Material wraps its tables in the same moment.
document$.subscribe(() => setTimeout(() => {
  wide.disconnect()
  const scrolling = '.md-typeset__scrollwrap, .katex-display, pre > code'
  document.querySelectorAll(scrolling).forEach(element => wide.observe(element))
}))
