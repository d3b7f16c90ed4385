// Put at the top of Material's script by hooks/patches.py, which makes it call what is here. A phone would
// take half a second to start it, and as long to show the next page, deaf all the while: so both are done in
// several tasks.
const pause = () => new Promise(done => setTimeout(done))
const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))

// Of the next page the beginning is shown first, as browsers do with a page that arrives in pieces. Who goes back,
// or to a heading, would only see it pass.
const SCREENFUL = 12  // children of an article
let rest = []
const beginning = page => {
  rest = history.state || location.hash ? [] : [...page.querySelector('article').children].slice(SCREENFUL)
  rest.forEach(element => element.remove())
  return [page]
}
const whole = async page => {
  if (rest.length) {
    const article = page.querySelector('article'), later = rest
    scrollTo(0, 0)
    await painted()
    article.append(...later)
  }
  return page
}
