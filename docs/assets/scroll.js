// What scrolls on a narrow screen, or is a long function, is reached with the keyboard: a tab stop there, and none elsewhere.
// A moment after Material, which takes the tab stop from code that is tall, but not wide.
const scrolling = '.md-typeset__scrollwrap, .katex-display, pre > code'
const mark = element => {
  const tall = element.tagName === 'CODE' && element.scrollHeight > element.clientHeight
  if (tall || element.scrollWidth > element.clientWidth) element.tabIndex = 0
  else element.removeAttribute('tabindex')
}
const sized = new ResizeObserver(entries => setTimeout(() => entries.forEach(({target}) => mark(target))))
// A formula that is drawn late keeps its size, and only then it is known how wide it is.
document.addEventListener('contentvisibilityautostatechange', ({target, skipped}) => {
  if (!skipped && target.matches(scrolling)) mark(target)
})
// Nor does its size change when its font arrives and makes it wider.
document.fonts.addEventListener('loadingdone', () => document.querySelectorAll('.katex-display').forEach(mark))
// Each page that instant navigation brings in, when Material has wrapped its tables.
addEventListener('mounted', () => {
  sized.disconnect()
  document.querySelectorAll(scrolling).forEach(element => sized.observe(element))
})
