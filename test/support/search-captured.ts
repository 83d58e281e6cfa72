/** After the last end-to-end test: no output of our programs contains an API key or a part of one. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEY } from './key.ts'

/** Long enough that no piece of the key turns up by chance. */
const PIECE = 8

export default function searchCaptured(): () => void {
  const given = process.env.CAPTURE_DIR
  const folder = given || mkdtempSync(join(tmpdir(), 'captured-'))
  process.env.CAPTURE_DIR = folder
  return () => {
    const pieces = Array.from({ length: KEY.length - PIECE + 1 }, (_, start) =>
      KEY.slice(start, start + PIECE),
    )
    const found = namesIn(folder).filter(name => {
      const printed = readFileSync(join(folder, name), 'latin1')
      return pieces.some(piece => printed.includes(piece))
    })
    if (!given) rmSync(folder, { recursive: true })
    if (found.length > 0) throw new Error(`an API key was printed, in ${found.join(', ')}`)
  }
}

/** With CAPTURE_DIR given and no program run, there is no folder. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
