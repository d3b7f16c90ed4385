// The language switch keeps page and anchor, also after instant navigation, which leaves the header as it was.
document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-edition]')
  if (!link) return
  const path = location.pathname.replace(/\/(zh|en)\/(?!.*\/(zh|en)\/)/, `/${link.dataset.edition}/`)
  link.href = path + location.hash
})
