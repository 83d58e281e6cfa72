/** A wrapper that hardly gets a processor keeps its events: it is the wrapper that is slow then, and not its disk. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { type Running, start } from '../../support/run.ts'
import { delivered, wrapped } from '../../support/start-wrapper.ts'
import { tempDir } from '../../support/temp.ts'
import { apiForTest, cronitor, linesOf, reportingTo, untilFile } from '../../support/wrapper.ts'

/** Leaves the process a fiftieth of the time, in parts that are far longer apart than the ticks of a waiting wrapper. */
async function starve(running: Running): Promise<void> {
  let isOver = false
  void running.done.then(() => {
    isOver = true
  })
  while (!isOver) {
    running.signal('SIGSTOP')
    await sleep(245)
    running.signal('SIGCONT')
    await sleep(5)
  }
}

test('the events of a wrapper that hardly runs once its job has started are kept', async () => {
  const folder = tempDir('starved')
  const begun = join(folder, 'begun')
  const settings = { CRONITOR_SPOOL_DIR: join(folder, 'spool'), CRONITOR_NO_COURIER: '1' }
  const running = start(wrapped(['sh', '-c', 'echo > "$1"; exit 3', 'sh', begun]), {
    env: reportingTo(
      { url: `http://127.0.0.1:${CLOSED_PORT}` },
      { ...settings, CRONITOR_DELIVER_WITHIN: '0s' },
    ),
  })
  await untilFile(begun)
  await starve(running)
  const { status, stderr } = await running.done
  expect({ status, said: linesOf(stderr) }).toEqual({
    status: 3,
    said: [
      expect.stringMatching(
        /^cronitor-exec: run and fail could not be delivered .* and are kept in the spool: /,
      ),
    ],
  })
  const api = await apiForTest()
  await cronitor(['spool', 'flush'], reportingTo(api, settings))
  expect(delivered(api)).toEqual(['run', 'fail 3'])
})
