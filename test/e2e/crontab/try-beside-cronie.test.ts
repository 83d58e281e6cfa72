/** cronie and `cronitor try` run the same lines. The jobs must be given the same. */

import { beforeAll, describe, test } from 'vitest'
import { getCronie } from '../../support/cronie.ts'
import { LINE_NAMES, runLines } from '../../support/lines-beside-cron.ts'

const cronie = getCronie()

describe.skipIf(!cronie.ok)(`cronie${cronie.ok ? '' : ` (skipped: ${cronie.why})`}`, () => {
  // It runs no job whose HOME does not exist.
  const names = LINE_NAMES.filter(name => name !== 'no-home')
  let compare = (_name: string): void => {}
  beforeAll(async () => {
    if (cronie.ok) compare = await runLines({ ...cronie, names })
  })

  test.each(names)('the job gets the same from try: %s', name => compare(name))
})
