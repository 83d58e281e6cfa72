/** The key `/` focuses the search field, and Escape leaves it. */

export function focusSearch(): void {
  const search = document.getElementById('q')
  if (!(search instanceof HTMLInputElement)) return
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '/' && !isTyping(event.target)) {
      event.preventDefault()
      search.focus()
      search.select()
    }
    if (event.key === 'Escape' && event.target === search && search.value === '') search.blur()
  })
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null
  )
}
