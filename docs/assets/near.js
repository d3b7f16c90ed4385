// A finger does not hover over a link before it follows it: the next page is fetched when its link comes into
// view.
const near = new IntersectionObserver(entries => entries.forEach(({isIntersecting, target}) => {
  if (isIntersecting) target.dispatchEvent(new MouseEvent('mousemove', {bubbles: true}))  // Material fetches
}))
addEventListener('mounted', () => {
  near.disconnect()
  document.querySelectorAll('.md-footer__link--next').forEach(link => near.observe(link))
})
