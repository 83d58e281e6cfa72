/** What commands print, if it cannot be written. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { tabFile } from '../crontab/crontab-commands.ts'

const COMMANDS: readonly (readonly string[])[] = [
  ['--help'],
  ['--version'],
  ['spool', 'list', '--json', '--spool-dir', join(tempDir('spool'), 'spool')],
  ['crontab', 'list', tabFile()],
  ['crontab', 'check', '--json', tabFile()],
  ['crontab', 'wrap', '--wrapper', paths.bin.exec, tabFile()],
  ['try', '--print', '* * * * * true'],
  ['ping', 'nightly', '--ok', '--dry-run'],
]

test.skipIf(!existsSync('/dev/full')).each(COMMANDS.map(command => [command.slice(0, 2).join(' '), command]))(
  'cronitor %s says so and ends with 1 (needs /dev/full)',
  async (_, command) => {
    const { status, stderr } = await run([
      '/bin/sh',
      '-c',
      '"$@" >/dev/full',
      'sh',
      paths.bin.cronitor,
      ...command,
    ])
    expect(String(stderr).match(/.*output cannot be written.*/g)).toEqual([
      'cronitor: the output cannot be written: no space left on the disk',
    ])
    expect(status).toBe(1)
  },
)

test.each(COMMANDS.map(command => [command.slice(0, 2).join(' '), command]))(
  'cronitor %s says nothing if its reader has left, or nobody reads',
  async (_, command) => {
    for (const script of ['"$@" | true', '"$@" >&-']) {
      const { stderr } = await run(['/bin/sh', '-c', script, 'sh', paths.bin.cronitor, ...command])
      expect(String(stderr)).not.toContain('output cannot be written')
    }
  },
)
