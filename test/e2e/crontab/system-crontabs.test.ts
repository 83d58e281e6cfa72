/** `cronitor crontab` as root: /etc/crontab, /etc/cron.d and crontab(1) itself, in a mount namespace with folders of the test. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, type RunResult, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { HEAD, said, WRAPPER } from './crontab-commands.ts'

/** Why there can be no such namespace; undefined if there can. */
function obstacle(): string | undefined {
  if (process.geteuid?.() !== 0) return 'it needs root'
  if (!existsSync('/var/spool/cron/crontabs')) return "there is no crontab(1) of Debian's cron"
  const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true'], {
    stdio: 'ignore',
  })
  return status === 0 ? undefined : 'there can be no mount namespace of its own'
}

const why = obstacle()
const note = why ? ` (skipped: ${why})` : ''

interface Host {
  readonly file: (path: string) => string
  readonly names: (folder: string) => string[]
  readonly crontab: (...args: readonly string[]) => Promise<RunResult>
  readonly shell: (script: string) => Promise<RunResult>
}

/** What the system's crontabs and cron's spool are in the namespace. */
function host(files: Readonly<Record<string, string>>): Host {
  const root = tempDir('system')
  chmodSync(root, 0o755)
  for (const folder of ['cron.d', 'crontabs', 'work']) mkdirSync(join(root, folder))
  writeFileSync(join(root, 'crontab'), '', { mode: 0o644 })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text, { mode: 0o644 })
  // The whole of /etc, because a file that is mounted on its own cannot be replaced by rename(2).
  const setUp = `
    set -e
    mount -t tmpfs tmpfs '${root}/work'
    cp -a /etc '${root}/work/etc'
    rm -rf '${root}/work/etc/cron.d' '${root}/work/etc/crontab' '${root}/work/etc/'.crontab*
    cp -a '${root}/cron.d' '${root}/crontab' '${root}/work/etc/'
    mount --bind '${root}/work/etc' /etc
    chown root:crontab '${root}/crontabs'; chmod 1730 '${root}/crontabs'
    mount --bind '${root}/crontabs' /var/spool/cron/crontabs
    status=0; "$@" || status=$?
    rm -rf '${root}/cron.d'; cp -a /etc/cron.d /etc/crontab '${root}/'
    exit $status`
  const inside = (argv: readonly string[]) =>
    run(['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', setUp, 'sh', ...argv])
  return {
    file: path => readFileSync(join(root, path), 'utf8'),
    names: folder => readdirSync(join(root, folder)).toSorted(),
    crontab: (...args) => inside([paths.bin.cronitor, 'crontab', ...args]),
    shell: script => inside(['/bin/sh', '-c', script]),
  }
}

const SYSTEM = `SHELL=/bin/sh\n${HEAD}17 * * * *\troot\tcd / && run-parts --report /etc/cron.hourly\n`

test.skipIf(why !== undefined)(
  `root’s commands take the own crontab, /etc/crontab and the files of /etc/cron.d that cron reads${note}`,
  async () => {
    const at = host({
      crontab: SYSTEM,
      'cron.d/backup': `${HEAD}0 2 * * * root echo full\n`,
      'cron.d/backup.bak': '0 2 * * * root echo old\n',
      'cron.d/script.sh': '0 2 * * * root echo never\n',
      'crontabs/root': `${HEAD}0 4 * * * echo own\n`,
    })
    await at.shell(
      'chown root:crontab /var/spool/cron/crontabs/root; chmod 600 /var/spool/cron/crontabs/root',
    )
    const list = await at.crontab('list', '--json')
    const jobs = JSON.parse(String(list.stdout)) as {
      source: string
      user: string
      kind: string
      run_parts?: []
    }[]
    const cron = jobs.filter(({ kind }) => kind === 'cron')
    expect(cron.map(({ source, user }) => `${source} ${user}`)).toEqual([
      'crontab of root root',
      '/etc/crontab root',
      '/etc/cron.d/backup root',
    ])
    expect(cron[1]?.run_parts).toBeDefined()

    const check = await at.crontab('check')
    expect(check.status).toBe(1)
    expect(String(check.stdout)).toContain('/etc/cron.d/script.sh: advice: cron does not read this file')
    expect(String(check.stdout)).not.toContain('backup.bak')

    const wrapped = await at.crontab('wrap', ...WRAPPER, '--system', '--apply')
    expect(said(wrapped)).toEqual({
      status: 0,
      stderr: [
        'cronitor: /etc/crontab: a line changed; the old content is in /etc/.crontab~',
        'cronitor: /etc/cron.d/backup: a line changed; the old content is in /etc/cron.d/.backup~',
      ],
    })
    expect(at.names('cron.d')).toEqual(['.backup~', 'backup', 'backup.bak', 'script.sh'])
    expect(at.file('crontab')).toMatch(
      /\troot\texec \S+cronitor-exec \S*cron-hourly\S* 'cd \/ && run-parts --report \/etc\/cron.hourly'\n/,
    )
    await at.crontab('unwrap', '--system', '--apply')
    expect(at.file('crontab')).toBe(SYSTEM)

    // As in a container: rename(2) cannot replace it, and nothing is left behind.
    const mounted = await at.shell(
      `mount --bind /etc/crontab /etc/crontab; '${paths.bin.cronitor}' crontab wrap ${WRAPPER.join(' ')} --system --apply /etc/crontab; ls -a /etc | grep crontab~`,
    )
    expect(said(mounted).stderr).toEqual(['cronitor: /etc/crontab cannot be written: it is a mount point'])
    expect(
      String(mounted.stdout)
        .split('\n')
        .filter(line => line.startsWith('.')),
    ).toEqual([])
  },
)

test.skipIf(why !== undefined)(
  `the crontab of another user is read and written by crontab(1), and comes back byte for byte${note}`,
  async () => {
    const text = `# of nobody\n${HEAD}*/5 * * * * echo 10\\%% in | cat\n`
    const at = host({})
    await at.shell(`printf '%s' '${text.replaceAll("'", "'\\''")}' | crontab -u nobody -`)
    const backups = tempDir('backups')
    const named = ['--user', 'nobody', '--backup-dir', backups, '--apply']
    const wrapper = join(tempDir('open'), 'cronitor-exec')
    copyFileSync(paths.bin.exec, wrapper)

    const closed = await at.crontab('wrap', '--wrapper', wrapper, ...named)
    expect(said(closed)).toEqual({
      status: 0,
      stderr: [
        expect.stringMatching(
          /^cronitor: crontab of nobody, line 3 stays as it is: nobody cannot run \S+: \S+ is closed to this user$/,
        ),
      ],
    })

    // A stand-in that nobody can run, wherever the tests are.
    const open = '/etc/open/cronitor-exec'
    const script = `mkdir -m 755 /etc/open; printf '#!/bin/sh\\n' > ${open}; chmod 755 ${open}
      '${paths.bin.cronitor}' crontab wrap --wrapper ${open} ${named.join(' ')} &&
      crontab -u nobody -l > '${backups}/wrapped' &&
      '${paths.bin.cronitor}' crontab unwrap ${named.join(' ')} &&
      crontab -u nobody -l > '${backups}/unwrapped'`
    expect((await at.shell(script)).status).toBe(0)
    expect(readFileSync(join(backups, 'wrapped'), 'utf8')).toContain(`exec ${open} `)
    expect(readFileSync(join(backups, 'unwrapped'), 'utf8')).toBe(text)
    expect(readFileSync(join(backups, 'nobody~'), 'utf8')).toBe(text)
    expect(statSync(join(backups, 'nobody~')).mode & 0o777).toBe(0o600)
  },
)
