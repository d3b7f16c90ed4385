// Formulas and code that house.css leaves for later are laid out in pauses, so that a picture of the whole page has
// them, too. On a slow phone they wait for the reader instead.
const LATER = ':is(.highlight, .katex-display)[style]'
const PAUSE = 10, SLOW = 6  // milliseconds: of work at a time, and for a block; where it takes longer is a slow phone
addEventListener('mounted', () => {
  const waiting = document.querySelectorAll(LATER).values()
  let spent = 0, allowed = 60
  const inPauses = () => {
    const start = performance.now()
    while (performance.now() < start + PAUSE) {
      const {value, done} = waiting.next()
      if (done) return
      value.style.contentVisibility = 'visible'
      if (value.matches(scrolling)) mark(value)  // in scroll.js; asking how wide it is lays it out
      else value.offsetHeight  // as this does
      allowed += SLOW
    }
    spent += performance.now() - start
    if (spent < allowed) requestIdleCallback(inPauses)
  }
  window.requestIdleCallback?.(inPauses)
})
