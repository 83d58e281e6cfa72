/** A reader that asks for the page's stream twice on one connection, without waiting, and then says something else. */

import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { paths, start } from '../../support/run.ts'
import { until } from '../../support/until.ts'

test('a stream that never got its turn does not keep the server from ending', async () => {
  const running = start([paths.bin.cronitor, 'serve', '--port', '0'])
  onTestFinished(() => running.signalGroup('SIGKILL'))
  const printed = () => /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(running.output().stdout))
  await until('the address is printed', () => printed() !== null)
  const port = Number(printed()?.[1])

  const socket = connect(port, '127.0.0.1')
  const request = `GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
  socket.write(`${request}${request}nothing`)
  socket.resume()
  await new Promise(resolve => socket.once('close', resolve))

  running.signal('SIGTERM')
  expect((await running.exited).status).toBe(0)
})
