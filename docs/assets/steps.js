// Put at the top of Material's script by hooks/patches.py, which makes it call what is here. A phone would
// take half a second to start it, and as long to show the next page, deaf all the while: so both are done in
// several tasks.
const pause = () => new Promise(done => setTimeout(done))
const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))

let shown = location.pathname  // of the page to be seen; its address changes before it does

// Of the next page the beginning is shown first, as browsers do with a page that arrives in pieces. Who goes back,
// or to a heading, would only see it pass.
const ARTICLE = '.md-content article'  // results of a search are articles, too
const SCREENFUL = 12  // children
const beginning = page => {
  const article = page.querySelector(ARTICLE)
  if (article && !history.state && !location.hash) {
    article.rest = [...article.children].slice(SCREENFUL)
    article.rest.forEach(element => element.remove())
  }
  return [page]
}
const whole = async page => {
  const article = page.querySelector(ARTICLE)
  if (article?.rest) {
    scrollTo(0, 0)
    await painted()
    article.append(...article.rest)
  }
  shown = location.pathname
  return page
}
