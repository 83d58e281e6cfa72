/** Filters the monitors while the user types. The address in the browser changes too, so that it can be shared. */

import { ALL_ENVIRONMENTS } from '../environment-choice.ts'
import type { PageUpdates } from './update-stream.ts'

const WAIT_MS = 150

export function filterAtOnce(stream: PageUpdates): void {
  const form = document.getElementById('filter')
  if (!(form instanceof HTMLFormElement)) return
  let timer: number | undefined
  const apply = () => {
    clearTimeout(timer)
    const params = new URLSearchParams()
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string' && !isDefault(name, value)) params.set(name, value)
    }
    const search = params.toString()
    if (search === location.search.slice(1)) return
    history.replaceState(null, '', search === '' ? '/' : `/?${search}`)
    stream.reopen(search)
  }
  form.classList.add('at-once')
  form.addEventListener('submit', event => {
    event.preventDefault()
    apply()
  })
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(apply, WAIT_MS)
  })
}

/** An empty `env` means no environment. */
function isDefault(name: string, value: string): boolean {
  return value === (name === 'env' ? ALL_ENVIRONMENTS : '')
}
