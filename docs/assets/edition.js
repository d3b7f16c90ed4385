// The language switch keeps page and anchor, also after instant navigation, which leaves the header as it was; and
// before a finger or a key opens it elsewhere. On a page outside both editions its address is right already.
for (const touch of ['pointerdown', 'focusin', 'click']) document.addEventListener(touch, event => {
  const link = event.target.closest?.('a[data-edition]')
  if (!link) return
  const path = location.pathname.replace(/\/(zh|en)\/(?!.*\/(zh|en)\/)/, `/${link.dataset.edition}/`)
  if (path !== location.pathname) link.href = path + location.hash
})
