/** Some seconds of scripts/fuzz-serve.mjs: whatever is sent to the built server, it answers, and stays. */

import { expect, test } from 'vitest'
import { paths, run } from '../../support/run.ts'

test('random and broken requests and mails', async () => {
  const script = `${paths.project}/scripts/fuzz-serve.mjs`
  const { status, stdout, stderr } = await run([paths.node, script, '--seconds', '10'], {
    timeoutMs: 170_000,
    env: { TEST_EXECUTABLE: process.env.TEST_EXECUTABLE },
  })
  expect(String(stderr)).toBe('')
  expect({ status, said: String(stdout) }).toEqual({
    status: 0,
    said: expect.stringMatching(
      /^seed \d+\n.*\b[1-9]\d* 200\n.*\b[1-9]\d* 400\n.*smtp 250\n.*, 0 problems\n$/s,
    ),
  })
})
