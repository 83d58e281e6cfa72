/** Debian's cron and `cronitor try` run the same lines. The jobs must be given the same. */

import { beforeAll, describe, test } from 'vitest'
import { LINE_NAMES, runLines } from '../../support/lines-beside-cron.ts'
import { whyNoCron } from '../../support/real-cron.ts'

const CRON = '/usr/sbin/cron'
const why = whyNoCron(CRON)

describe.skipIf(why !== undefined)(`Debian's cron${why ? ` (skipped: ${why})` : ''}`, () => {
  let compare = (_name: string): void => {}
  beforeAll(async () => {
    compare = await runLines({ command: [CRON, '-f'], names: LINE_NAMES })
  })

  test.each(LINE_NAMES)('the job gets the same from try: %s', name => compare(name))
})
