/** Runs a real cron in a mount namespace, with crontabs and PAM files of the test. The machine's own stay as they are. */

import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from './other-user.ts'
import { paths, run } from './run.ts'
import { tempDir } from './temp.ts'

export interface CronFiles {
  /** By their names in /etc/cron.d. */
  readonly system: Readonly<Record<string, string>>
  /** By users. */
  readonly users: Readonly<Record<string, string>>
  /** Other files, by their paths. Those that this machine does not have are left out: nothing can be mounted there. */
  readonly etc: Readonly<Record<string, string>>
  /** Folders, by the paths where they are mounted. */
  readonly folders?: Readonly<Record<string, string>>
}

export interface CronRun {
  /** What to run as cron, with its arguments. */
  readonly cron: readonly string[]
  readonly files: CronFiles
  /** The jobs are `/mnt/job-facts.sh NAME`. They have run when a file of each name is in /mnt/cron. */
  readonly names: readonly string[]
  /** A shell script, which runs after that beside the stopped cron. Its jobs write to /mnt/try. */
  readonly script: string
}

/** Where the folder of the test is in the namespace: users other than root can read it there. */
export const CRON_FOLDER = '/mnt'

const SPOOL = '/var/spool/cron/crontabs'

export function whyNoCron(program: string): string | undefined {
  if (!isRoot) return 'cron needs root'
  if (!existsSync(program)) return `there is no ${program}`
  if (faketime() === undefined) return 'there is no libfaketime'
  const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true'])
  return status === 0 ? undefined : 'there can be no mount namespace of its own'
}

function faketime(): string | undefined {
  return readdirSync('/usr/lib')
    .map(folder => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
    .find(existsSync)
}

/** @returns the folder with what the jobs have written, and the output of the script */
export async function runBesideCron({ cron, files, names, script }: CronRun): Promise<{
  readonly folder: string
  readonly output: string
}> {
  const folder = tempDir('cron')
  chmodSync(folder, 0o755)
  for (const name of ['cron.d', 'spool', 'run', 'etc', 'cron', 'try']) mkdirSync(join(folder, name))
  for (const name of ['cron', 'try']) chmodSync(join(folder, name), 0o777)
  copyFileSync(join(paths.project, 'test/support/job-facts.sh'), join(folder, 'job-facts.sh'))
  chmodSync(join(folder, 'job-facts.sh'), 0o755)
  writeFileSync(join(folder, 'where'), 'cron')
  writeFileSync(join(folder, 'crontab'), '', { mode: 0o644 })
  for (const [name, text] of Object.entries(files.system)) {
    writeFileSync(join(folder, 'cron.d', name), text, { mode: 0o644, encoding: 'latin1' })
  }
  for (const [name, text] of Object.entries(files.users)) {
    writeFileSync(join(folder, 'spool', name), text, 'latin1')
  }
  const present = Object.entries(files.etc).filter(([path]) => existsSync(path))
  const mounts = present.map(([path, text], index) => {
    writeFileSync(join(folder, 'etc', String(index)), text, { mode: 0o644 })
    return `mount --bind etc/${index} ${path}`
  })
  for (const [path, source] of Object.entries(files.folders ?? {}))
    mounts.push(`mount --bind '${source}' ${path}`)
  // A minute takes two seconds for cron.
  const clock = `FAKETIME='+0 x30' FAKETIME_NO_CACHE=1 LD_PRELOAD='${faketime()}'`
  const all = `
    set -e
    mount --bind '${folder}' ${CRON_FOLDER}
    cd ${CRON_FOLDER}
    chmod 1730 spool && chgrp crontab spool
    for user in ${Object.keys(files.users).join(' ')}; do chmod 600 spool/$user && chown $user:crontab spool/$user; done
    mount --bind cron.d /etc/cron.d
    mount --bind spool ${SPOOL}
    mount --bind crontab /etc/crontab
    mount --bind run /run
    ${mounts.join('\n')}
    (umask 027 && exec env -i --default-signal=INT,QUIT LANG=C.UTF-8 LC_TIME=C ${clock} nice -n 3 ${cron.join(' ')}) >cron.log 2>&1 &
    cron=$!
    for name in ${names.join(' ')}; do
      tries=0
      until [ -e cron/$name ]; do
        sleep 0.1
        tries=$((tries + 1))
        [ $tries -lt 900 ] || { kill $cron; echo "$name was not run"; cat cron.log; exit 1; }
      done
    done
    kill -STOP $cron
    while [ -n "$(cat /proc/$cron/task/$cron/children)" ]; do
      kill -CONT $cron; sleep 0.1; kill -STOP $cron
    done
    echo try >where
    { ${script}
    } || true
    kill -KILL $cron
  `
  const argv = ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', all]
  const { status, stdout, stderr } = await run(argv, {
    timeoutMs: 170_000,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
  })
  const output = `${stdout}${stderr}`
  if (status !== 0) throw new Error(`cron could not be run: ${output}`)
  return { folder, output }
}
