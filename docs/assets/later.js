// What house.css leaves for later is laid out in pauses: soon the page is whole, for jumps and pictures of all of it.
const LATER = '.md-content__inner > *, .md-typeset .highlight, .katex-display, .card-formula, .card-shapes'
document$.subscribe(() => {
  const waiting = document.querySelectorAll(LATER).values()
  const inPauses = () => {
    const end = performance.now() + 10  // milliseconds: a touch in between is answered at once
    while (performance.now() < end) {
      const {value, done} = waiting.next()
      if (done) return
      value.style.contentVisibility = 'visible'
      value.offsetHeight  // lays it out now
    }
    requestIdleCallback(inPauses)
  }
  window.requestIdleCallback?.(inPauses)
})
