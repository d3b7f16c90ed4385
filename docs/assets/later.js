// Formulas and code that house.css leaves for later are laid out in pauses, so that a picture of the whole page has them,
// too; but not at any price: on a slow phone the rest waits for the reader.
const LATER = ':is(.highlight, .katex-display)[style]'
const PAUSE = 10, PRICE = 1000  // milliseconds, of work at a time and in all
document$.subscribe(() => {
  const waiting = document.querySelectorAll(LATER).values()
  let spent = 0
  const inPauses = () => {
    const start = performance.now()
    while (performance.now() < start + PAUSE) {
      const {value, done} = waiting.next()
      if (done) return
      value.style.contentVisibility = 'visible'
      value.offsetHeight  // lays it out now
    }
    spent += performance.now() - start
    if (spent < PRICE) requestIdleCallback(inPauses)
  }
  window.requestIdleCallback?.(inPauses)
})
