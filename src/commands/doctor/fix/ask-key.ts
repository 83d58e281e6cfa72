/** Asks for the API key: on a terminal without showing it, else by reading one line. */

import { readSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { leaveAs } from '../../../job/leave.ts'
import { errorCode } from '../../../system/errors.ts'
import { createHiddenInput, type HiddenInput } from './hidden-input.ts'

const PROMPT = 'API key (it is not shown): '

/** Empty if there is none. Ctrl-C ends this process by SIGINT. */
export async function askKey(): Promise<string> {
  if (!isatty(0)) return readLine()
  // The question comes once nothing is shown any more: somebody could answer at once.
  const input = await readHidden(() => showOnTerminal(PROMPT))
  showOnTerminal('\n')
  switch (input.kind) {
    case 'line':
      return input.text
    case 'cancelled':
      return leaveAs({ kind: 'killed', signal: 'SIGINT', durationMs: 0 })
    case 'ended':
      return ''
    default:
      return input satisfies never
  }
}

/** Standard error may be a file. A terminal as stdin is usually open for writing as well. */
function showOnTerminal(text: string): void {
  try {
    writeSync(isatty(2) ? 2 : 0, text)
  } catch {
    // The question is not seen, but can be answered.
  }
}

function readHidden(onReady: () => void): Promise<Exclude<HiddenInput, { kind: 'more' }>> {
  const { stdin } = process
  const feed = createHiddenInput()
  return new Promise(resolve => {
    const restore = (): void => {
      stdin.setRawMode(false)
      stdin.pause()
    }
    const finish = (input: Exclude<HiddenInput, { kind: 'more' }>): void => {
      process.off('SIGTERM', leave)
      stdin.off('data', take).off('end', end).off('error', end)
      restore()
      resolve(input)
    }
    const take = (chunk: Buffer | string): void => {
      const input = feed(String(chunk))
      if (input.kind !== 'more') finish(input)
    }
    const end = (): void => finish({ kind: 'ended' })
    const leave = (): void => {
      restore()
      leaveAs({ kind: 'killed', signal: 'SIGTERM', durationMs: 0 })
    }
    process.on('SIGTERM', leave)
    stdin.setRawMode(true)
    stdin.on('data', take).on('end', end).on('error', end).resume()
    onReady()
  })
}

const MAX_BYTES = 64 * 1024

function readLine(): string {
  const bytes = Buffer.alloc(MAX_BYTES)
  let length = 0
  while (length < bytes.length && !bytes.subarray(0, length).includes('\n')) {
    try {
      const count = readSync(0, bytes, length, bytes.length - length, null)
      if (count === 0) break
      length += count
    } catch (error) {
      // Another process that shares the descriptor has made it non-blocking.
      if (errorCode(error) !== 'EAGAIN') break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
  return bytes.toString('utf8', 0, length).split('\n', 1)[0] ?? ''
}
