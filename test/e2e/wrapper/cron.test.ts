import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startFakeApi } from '../../support/fake-api.ts'
import { paths, type Running, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const CRON = '/usr/sbin/cron'

/** Why Debian's cron cannot run here in isolation; undefined if it can. */
function obstacle(): string | undefined {
  if (process.geteuid?.() !== 0) return 'cron needs root'
  if (!existsSync(CRON)) return `there is no ${CRON}`
  const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true'], {
    stdio: 'ignore',
  })
  return status === 0 ? undefined : 'there can be no mount namespace of its own'
}

/**
 * Starts cron in a mount namespace: it sees one crontab, its own /run for its lock, and a sendmail that puts each mail
 * into a folder. The machine's own cron, crontabs and mail stay as they are.
 */
function startCron(folder: string, crontab: string): Running {
  for (const name of ['sbin', 'real-sbin', 'cron.d', 'crontabs', 'run', 'mails'])
    mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'cron.d/lines'), crontab, { mode: 0o644 })
  writeFileSync(join(folder, 'nothing'), '', { mode: 0o644 })
  const sendmail = `#!/bin/sh\ncat > '${folder}'/mail.$$ && mv '${folder}'/mail.$$ '${folder}'/mails/\n`
  const setUp = `
    set -e
    cd '${folder}'
    mount --bind /usr/sbin real-sbin
    for program in real-sbin/*; do ln -s "$PWD/$program" "sbin/\${program##*/}"; done
    rm -f sbin/sendmail
    cat > sbin/sendmail
    chmod 755 sbin/sendmail
    mount --bind sbin /usr/sbin
    mount --bind cron.d /etc/cron.d
    mount --bind crontabs /var/spool/cron/crontabs
    mount --bind nothing /etc/crontab
    mount --bind run /run
    exec '${folder}/real-sbin/cron' -f
  `
  return start(['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', setUp], {
    input: sendmail,
    timeoutMs: 170_000,
  })
}

/** Processes that `parent` has started and that have not ended (proc_pid_stat(5)). */
function childrenOf(parent: number): number {
  return readdirSync('/proc').filter(pid => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(parent)
    } catch {
      return false
    }
  }).length
}

const why = obstacle()

test.skipIf(why !== undefined)(
  `a line of Debian's cron fires and is reported, and no mail has a word of the wrapper's${why ? ` (skipped: ${why})` : ''}`,
  { timeout: 180_000 },
  async () => {
    const api = await startFakeApi()
    const folder = tempDir('cron')
    const monitors = ['silent', 'fails-silently', 'takes-too-long', 'prints']
    const mails = () =>
      readdirSync(join(folder, 'mails')).map(name => readFileSync(join(folder, 'mails', name), 'utf8'))
    // No PATH: cron's own has neither the launcher nor this Node.js.
    const cron = startCron(
      folder,
      `MAILTO=root
CRONITOR_NODE=${paths.node}
CRONITOR_TELEMETRY_URL=${api.url}
CRONITOR_API_KEY=key-of-the-crontab
CRONITOR_SPOOL_DIR=${join(folder, 'spool')}
CRONITOR_NO_COURIER=1
CRONITOR_DELIVER_WITHIN=40s
* * * * * root ${paths.bin.exec} silent sh -c 'exit 0'
* * * * * root ${paths.bin.exec} fails-silently sh -c 'exit 3'
* * * * * root ${paths.bin.exec} --timeout 1s takes-too-long 'setsid sleep 60 & sleep 60 | cat'
* * * * * root ${paths.bin.exec} prints 'echo "PATH is $PATH"'
* * * * * root echo "a control job without the wrapper"
`,
    )
    try {
      const over = (monitor: string) =>
        api.events(monitor).filter(({ answered }) => answered === 200).length === 2
      await until(
        () =>
          `${api.events().map(({ monitorKey, state }) => `${monitorKey} ${state}`)}; ${mails().length} mails; ${cron.output().stderr}`,
        () => monitors.every(over) && mails().length >= 2,
        80_000,
      )
      await until('no job of cron runs', () => childrenOf(cron.pid) === 0)
    } finally {
      cron.signal('SIGTERM')
      await cron.done
    }

    const ends = monitors.map(monitor => {
      const [run, end] = api.events(monitor)
      expect(run?.state).toBe('run')
      expect(end?.params.get('series')).toBe(run?.params.get('series'))
      return `${monitor} ${end?.state} ${end?.params.get('status_code')}`
    })
    expect(ends).toEqual([
      'silent complete 0',
      'fails-silently fail 3',
      'takes-too-long fail 124',
      'prints complete 0',
    ])

    const bodies = mails().map(mail => mail.replace(/^[\s\S]*?\r?\n\r?\n/, ''))
    expect(bodies.toSorted()).toEqual(['PATH is /usr/bin:/bin\n', 'a control job without the wrapper\n'])
    await api.close()
  },
)
