// The bench's own network and file names, in Linux namespaces: loopback alone, where the API's name is 127.0.0.1, and a
// list of certificate authorities with one more. Nothing that is measured can reach any other address. Programs are used
// as they are, by the API's real name: the official client has no option for another one.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.mjs'

export const API_HOST = 'cronitor.link'
/** Accepts connections on port 443, and never answers. */
export const HANGING_HOST = 'hanging.cronitor.link'
const HOSTS = `127.0.0.1 localhost ${API_HOST} cronitor.io
127.0.0.2 ${HANGING_HOST}
`

/** The bench's folder, as programs in the namespace see it: `/mnt` and everything above belong to root. */
export const FOLDER = '/mnt'

/**
 * Where each distribution keeps the list of authorities. curl, Go and Rust read the first that exists: Debian, Arch and
 * Alpine; Fedora; openSUSE.
 */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
]

/** cron's jobs inherit no other descriptors. A wrapper passes each one on, which costs. */
const CLOSE_INHERITED = 'import os, sys; os.closerange(3, 65536); os.execvp(sys.argv[1], sys.argv[1:])'

const SETUP = `
ip link set lo up || exit
while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit; shift 2; done
shift
exec "$@"`

/**
 * Starts this program again in the namespaces and exits with its status. Returns, once it runs there, the PEM text of the
 * system's authorities.
 */
export function enterPrivateNetwork() {
  if (process.env.BENCH_BUNDLE !== undefined) {
    return readFileSync(join(FOLDER, 'system-bundle.crt'), 'utf8')
  }
  const bundle = BUNDLES.map(file => ({ file, text: readIfThere(file) })).find(({ text }) => text !== '')
  if (bundle === undefined) throw new Error(`no list of certificate authorities: ${BUNDLES.join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  chmodSync(folder, 0o755)
  try {
    const inFolder = name => join(folder, name)
    const authority = makeCertificates(folder, bundle.text, API_HOST)
    writeFileSync(inFolder('system-bundle.crt'), bundle.text)
    writeFileSync(inFolder('bundle.crt'), `${bundle.text.trimEnd()}\n${authority}`)
    writeFileSync(inFolder('hosts'), HOSTS)
    writeFileSync(inFolder('nsswitch.conf'), 'hosts: files\npasswd: files\ngroup: files\n')
    const mounts = [
      [inFolder('hosts'), '/etc/hosts'],
      [inFolder('nsswitch.conf'), '/etc/nsswitch.conf'],
      [inFolder('bundle.crt'), bundle.file],
      [folder, FOLDER],
    ].filter(([, place]) => place !== '/etc/nsswitch.conf' || readIfThere(place) !== '')
    // Without root, capabilities are kept until the setup is done and the API listens on port 443.
    const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps']
    const { status, error } = spawnSync(
      'python3',
      [
        ...['-c', CLOSE_INHERITED, 'setpriv'],
        // Whatever ends this process ends all that it has started, couriers too.
        ...['--pdeathsig', 'KILL', 'unshare', ...asUser, '--pid', '--fork', '--kill-child', '--mount-proc'],
        ...['--net', '--propagation', 'private', '/bin/sh', '-c', SETUP, 'sh'],
        ...[...mounts.flat(), '--'],
        ...[process.execPath, ...process.argv.slice(1)],
      ],
      { stdio: 'inherit', env: { ...process.env, BENCH_BUNDLE: bundle.file } },
    )
    if (error !== undefined) throw error
    process.exitCode = status ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.exit()
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
