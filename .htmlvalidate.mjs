// Standard rules; what is relaxed is what the templates of Material for MkDocs break, and nothing of ours.
export default {
  root: true,
  extends: ['html-validate:standard'],
  elements: [
    'html5',
    // Section titles in the sidebar carry tabindex="" (partials/nav-item.html).
    {label: {attributes: {tabindex: {enum: ['', '/-?\\d+/']}}}},
  ],
  rules: {
    // The checkboxes that open drawer and search carry autocomplete="off" (base.html), which keeps Firefox from restoring them.
    'valid-autocomplete': 'off',
  },
}
