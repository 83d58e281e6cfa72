/** `cronitor crontab` on the crontab of a user, with a stand-in for crontab(1) that keeps it in a file. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, type RunResult, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { said, TAB, WRAPPER } from './crontab-commands.ts'

const ME = userInfo().username

interface Host {
  readonly folder: string
  readonly tab: () => string | undefined
  /** Each call of crontab(1). */
  readonly calls: () => string[]
  readonly backups: string
  readonly crontab: (...args: readonly string[]) => Promise<RunResult>
}

/** @param write what the stand-in does with its standard input */
function host(text: string | undefined, write = 'cat > "$tab"'): Host {
  const folder = tempDir('user')
  const bin = join(folder, 'bin')
  const tab = join(folder, 'spool')
  const backups = join(folder, 'backups')
  mkdirSync(bin)
  if (text !== undefined) writeFileSync(tab, text)
  const script = `#!/bin/sh
tab='${tab}'
echo "$*" >> '${folder}/calls'
[ "$1" != -u ] || shift 2
case $1 in
  -l) [ -f "$tab" ] || { echo "no crontab for ${ME}" >&2; exit 1; }
      cat "$tab" ;;
  -) ${write} ;;
  *) echo "usage error" >&2; exit 1 ;;
esac
`
  writeFileSync(join(bin, 'crontab'), script, { mode: 0o755 })
  const env = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` }
  return {
    folder,
    backups,
    tab: () => (existsSync(tab) ? readFileSync(tab, 'utf8') : undefined),
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n'),
    crontab: (...args) => run([paths.bin.cronitor, 'crontab', ...args], { env }),
  }
}

const apply = (at: Host, ...more: readonly string[]) =>
  at.crontab('wrap', ...WRAPPER, '--user', ME, '--backup-dir', at.backups, '--apply', ...more)

test('a user without a crontab has no jobs', async () => {
  const at = host(undefined)
  const result = await at.crontab('list', '--user', ME)
  expect({ ...said(result), stdout: String(result.stdout) }).toEqual({
    status: 0,
    stderr: [],
    stdout: 'There are no jobs.\n',
  })
  expect((await apply(at)).status).toBe(0)
  expect(at.tab()).toBeUndefined()
})

test('wrap writes by crontab(1), keeps a backup that only the user may read, and unwrap gives back the bytes', async () => {
  const at = host(TAB)
  const result = await apply(at)
  const backup = join(at.backups, `${ME}~`)
  expect(said(result)).toEqual({
    status: 0,
    stderr: [`cronitor: crontab of ${ME}: 4 lines changed; the old content is in ${backup}`],
  })
  expect(String(result.stdout)).toMatch(`--- crontab of ${ME}\n+++ crontab of ${ME}\n@@ `)
  expect(readFileSync(backup, 'utf8')).toBe(TAB)
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  expect(statSync(at.backups).mode & 0o777).toBe(0o700)
  expect(readdirSync(at.backups)).toEqual([`${ME}~`])
  expect(at.tab()).toContain(' backup-full ')
  // The user's own crontab needs no -u, which only root may give.
  expect(at.calls().filter(call => call.includes('-u'))).toEqual([])

  await at.crontab('unwrap', '--user', ME, '--backup-dir', at.backups, '--apply')
  expect(at.tab()).toBe(TAB)
})

test('a crontab that cannot be read is not said to have no jobs', async () => {
  const at = host(undefined)
  writeFileSync(
    join(at.folder, 'bin/crontab'),
    '#!/bin/sh\nprintf "no such UID.\\n\\nbailing out.\\n" >&2\nexit 1\n',
  )
  const result = await at.crontab('list', '--user', ME)
  expect({ ...said(result), stdout: String(result.stdout) }).toEqual({
    status: 1,
    stderr: [`cronitor: the crontab of ${ME} cannot be read: no such UID.; bailing out.`],
    stdout: '',
  })
})

test('the crontab of another user is read with -u', async () => {
  const at = host(TAB)
  await at.crontab('list', '--user', 'somebody')
  expect(at.calls()).toContain('-u somebody -l')
})

test('a crontab that changes between reading and writing is not written', async () => {
  const at = host(TAB)
  // wrap tries the wrapper before it writes.
  const wrapper = join(at.folder, 'cronitor-exec')
  writeFileSync(wrapper, `#!/bin/sh\necho '# new' >> '${at.folder}/spool'\n`, { mode: 0o755 })
  const args = ['--wrapper', wrapper, '--user', ME, '--backup-dir', at.backups, '--apply']
  expect(said(await at.crontab('wrap', ...args))).toEqual({
    status: 1,
    stderr: [`cronitor: crontab of ${ME} has changed meanwhile, and was not written: try again`],
  })
  expect(at.tab()).toBe(`${TAB}# new\n`)
  expect(readdirSync(at.backups)).toEqual([])
})

test.each([
  [
    'refuses it',
    'printf \'"-":3: bad minute\\nerrors in crontab file, cannot install\\n\' >&2; exit 1',
    'was not written: "-":3: bad minute; errors in crontab file, cannot install',
  ],
  [
    'writes half of it',
    'head -c 20 > "$tab"',
    'does not have the new content after crontab(1): compare it with the backup',
  ],
])('a crontab(1) that %s: status 1, and the backup stays', async (_, write, problem) => {
  const at = host(TAB, write)
  expect(said(await apply(at))).toEqual({ status: 1, stderr: [`cronitor: crontab of ${ME} ${problem}`] })
  expect(readFileSync(join(at.backups, `${ME}~`), 'utf8')).toBe(TAB)
})

test('a crontab that may not be read is an error', async () => {
  const at = host(TAB)
  writeFileSync(
    join(at.folder, 'bin/crontab'),
    '#!/bin/sh\necho "must be privileged to use -u" >&2\nexit 1\n',
  )
  expect(said(await at.crontab('list', '--user', 'somebody'))).toEqual({
    status: 1,
    stderr: ['cronitor: the crontab of somebody cannot be read: must be privileged to use -u'],
  })
})
