// Fingers do not hover: the next page is fetched when the link to it comes into view.
const near = new IntersectionObserver(entries => entries.forEach(({isIntersecting, target}) => {
  if (isIntersecting) target.dispatchEvent(new MouseEvent('mousemove', {bubbles: true}))  // Material fetches
}))
addEventListener('mounted', () => {
  near.disconnect()
  document.querySelectorAll('.md-footer__link--next').forEach(link => near.observe(link))
})
