/** The warning about processes that could not be ended. */

import type { ListedProcess } from '../../../system/process-list.ts'

const MOST = 5

export function describeLeft(left: readonly ListedProcess[]): string {
  const names = left.slice(0, MOST).map(({ pid, name }) => `${pid} (${name})`)
  const more = left.length > MOST ? ` and ${left.length - MOST} more` : ''
  return `processes of the job could not be ended: ${names.join(', ')}${more}. They may belong to another user; end them by hand`
}
