/** The files that the jobs of crontabs name: recorders in the place of programs, folders to work and to write in. */

import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const RECORDER = fileURLToPath(new URL('simulated-cron-recorder.sh', import.meta.url))

/** Programs of the system that jobs call, and that a test must not run or that never do the same twice. */
const REPLACED = new Set(
  'apt-get crontab curl date docker editor find gzip journalctl killall logger lua mail make perl php ps python3 rm run-parts shutdown sleep su sudo systemctl tar truncate wget'
    .split(' ')
    .map(name => `/usr/bin/${name}`)
    .concat('/usr/sbin/invoke-rc.d'),
)

/** Programs that jobs find by PATH, and that no system has. */
const BY_NAME =
  'adjclock bigletters certdns certrenew checkin chronic clusterstats collect-sa1 cronitor entropy-client feeds2mail fan_manager.sh house_backup.sh ircclient keeper-watchdog lights_manager.sh mailindex penguin periodic playwave podcasts push-dotfiles rotatelogs screenctl spoolcompress spoolexpire tunnel_checker.sh tunnel_killer.sh update-list uv wiki worldmanager'

/** What stands in front of a folder. */
const FOLDERS = /(?:\bcd|-[dC]|\bfind)\s+"?((?:~|\/)[\w./-]+)/g
/** What jobs write. */
const WRITTEN = />\s*((?:~|\/)[\w./-]+)/g
const TREE = '(?:usr|etc|var|opt|srv|home|root)'
const NAMED = new RegExp(`(?<![\\w./~>-]|> )((?:~|/${TREE})/[\\w.+/-]*[\\w+-])`, 'g')
const IN_TREE = new RegExp(`^/${TREE}/`)

/** Makes them in `upper`, which is laid over the system's folders. `home` is the one that `~` means. */
export function layPrograms(upper: string, home: string, texts: readonly string[]): void {
  const lines = texts.flatMap(text => text.split('\n')).filter(line => !/^\s*#/.test(line))
  const all = lines.join('\n').replaceAll('/$LOGNAME', '/deploy').replaceAll('$HOME', home)
  const absolute = (path: string) => path.replace(/^~/, home).replace(/\/+$/, '')
  const found = (pattern: RegExp) => [...all.matchAll(pattern)].map(([, path = '']) => absolute(path))

  const written = found(WRITTEN)
  const named = [
    ...REPLACED,
    ...BY_NAME.split(' ').map(name => `/usr/bin/${name}`),
    ...found(NAMED),
    ...lines.flatMap(line => inWorkingFolder(line, home)),
  ]
  const folders = new Set([
    ...found(FOLDERS),
    ...[...written, ...named.filter(path => path.endsWith('.log'))].map(path => dirname(path)),
    ...named.filter(path => /^\/var\/log\/[\w-]+$/.test(path)),
  ])
  for (const path of folders) makeFolder(upper, path, 0o777)
  for (const path of new Set(named)) {
    if (written.includes(path) || folders.has(path) || /\.log$|^\/var\/tmp\//.test(path)) continue
    if ([...named, ...folders].some(other => other.startsWith(`${path}/`))) makeFolder(upper, path, 0o777)
    else if (!existsSync(path) || REPLACED.has(path)) layProgram(upper, path)
  }
}

/** Those of the folder that a job changes to, or of HOME. */
function inWorkingFolder(line: string, home: string): string[] {
  const folder = /\bcd (\/[\w/-]+)/.exec(line)?.[1] ?? home
  return [...line.matchAll(/(?<=^|[\s;])\.\/([\w./-]+)/g)].map(([, name = '']) => join(folder, name))
}

function layProgram(upper: string, path: string): void {
  const target = join(upper, path)
  makeFolder(upper, dirname(path), 0o755)
  if (/\.env$|profile$/.test(path)) writeFileSync(target, 'READ_BY_THE_JOB=yes\n', { mode: 0o644 })
  else {
    copyFileSync(RECORDER, target)
    chmodSync(target, 0o755)
  }
}

/** The mode is for folders that the system does not have; others keep theirs. */
export function makeFolder(upper: string, path: string, mode: number): void {
  const target = join(upper, path)
  if (existsSync(target) || !IN_TREE.test(`${path}/`)) return
  makeFolder(upper, dirname(path), 0o755)
  mkdirSync(target, { recursive: true })
  const known = existsSync(path) ? statSync(path) : undefined
  chmodSync(target, known?.mode ?? mode)
  if (known !== undefined) chownSync(target, known.uid, known.gid)
}
