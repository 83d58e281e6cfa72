/**
 * The environment variables that Node.js, V8, libuv, OpenSSL, the C library and the dynamic loader read. They
 * are meant for the job, and must not change what this program sends, checks or prints.
 *
 * - `taken`: bin/launch.sh removes it before it starts Node.js; the job still gets it. If the environment cannot be
 *   noted (macOS has no /proc), only NODE_OPTIONS is removed; without the launcher, nothing is. Safety therefore does
 *   not depend on the removal: each TLS connection sets `rejectUnauthorized`, and warnings of Node.js are never
 *   printed.
 * - `kept`: Node.js gets it too.
 * - `read`: this program does what the variable says.
 *
 * `courier`: the courier gets it too, because it must reach the API in the same way as the wrapper. It starts no job.
 */

export interface ForeignVariable {
  readonly name: string
  readonly use: 'taken' | 'kept' | 'read'
  readonly courier?: true
  readonly why: string
}

const taken = (name: string, why: string): ForeignVariable => ({ name, use: 'taken', why })
const kept = (name: string, why: string): ForeignVariable => ({ name, use: 'kept', why })
const read = (name: string, why: string): ForeignVariable => ({ name, use: 'read', courier: true, why })
const shared = (name: string, why: string): ForeignVariable => ({ name, use: 'kept', courier: true, why })

export const FOREIGN_VARIABLES: readonly ForeignVariable[] = [
  // Node.js (doc/api/cli.md, "Environment variables", of 20 to 26).
  taken('NODE_OPTIONS', 'may hold any option, and stops Node.js where it does not know one'),
  taken('NODE_TLS_REJECT_UNAUTHORIZED', '0 switches off that certificates are verified'),
  taken('NODE_USE_ENV_PROXY', 'from 24 on, loads an HTTP client at the start; proxies are our own affair'),
  taken('NODE_USE_SYSTEM_CA', 'from 22.19 on, reads all certificates of the system, needed or not'),
  taken('NODE_DEBUG', 'prints on stderr; execa reads it as well'),
  taken('NODE_DEBUG_NATIVE', 'prints on stderr'),
  taken('NODE_V8_COVERAGE', 'writes files at the end'),
  taken('NODE_COMPILE_CACHE', 'writes files; compiled code is kept in our own way'),
  taken('NODE_COMPILE_CACHE_PORTABLE', 'belongs to the former'),
  taken('NODE_COMPILE_CACHE_READONLY', 'belongs to the former'),
  kept('NODE_DISABLE_COMPILE_CACHE', 'has nothing to disable'),
  taken('NODE_PENDING_DEPRECATION', 'prints warnings'),
  taken('NODE_REDIRECT_WARNINGS', 'writes warnings to a file'),
  kept('NODE_NO_WARNINGS', 'none are printed'),
  taken('NODE_PRESERVE_SYMLINKS', 'changes where files of the program are looked for'),
  taken('NODE_PRESERVE_SYMLINKS_MAIN', 'changes where files of the program are looked for'),
  taken('NODE_PATH', 'adds folders that modules are looked for in'),
  taken('NODE_ICU_DATA', 'stops Node.js where there is no such folder'),
  taken('NODE_CHANNEL_FD', 'Node.js would take a descriptor of the job’s for its own'),
  taken('NODE_CHANNEL_SERIALIZATION_MODE', 'belongs to the former'),
  taken('NODE_UNIQUE_ID', 'makes a server a worker of a cluster, which does not listen'),
  taken('NODE_TEST_CONTEXT', 'makes a program a part of a test run'),
  taken('WATCH_REPORT_DEPENDENCIES', 'tells a parent of Node.js’s own which files are loaded'),
  read('NODE_EXTRA_CA_CERTS', 'authorities that are trusted as well; one warning where it cannot be read'),
  kept('NODE_SKIP_PLATFORM_CHECK', 'lets Node.js start on a system that it does not know'),
  kept('NODE_PENDING_PIPE_INSTANCES', 'is for Windows'),
  kept('NODE_REPL_HISTORY', 'is for the prompt'),
  kept('NODE_REPL_EXTERNAL_MODULE', 'is for the prompt'),
  kept('NODE_DISABLE_COLORS', 'is for the prompt'),
  kept('FORCE_COLOR', 'is for colours in a terminal; the wrapper has none'),
  read('NO_COLOR', 'no colours in the tables of `cronitor runs` and the lines of `cronitor serve`'),
  // libuv.
  taken('UV_THREADPOOL_SIZE', 'with one thread, a file system that hangs holds up all others'),
  taken('UV_USE_IO_URING', 'changes how files are read'),
  // OpenSSL.
  read('SSL_CERT_FILE', 'the system’s authorities, where Node.js’s own do not verify a chain'),
  read('SSL_CERT_DIR', 'the same as a folder, or several'),
  taken('SSLKEYLOGFILE', 'OpenSSL 3.5 may write the keys of connections there, which carry the API key'),
  taken('OPENSSL_CONF', 'chooses ciphers, providers and engines; stops Node.js where it is damaged'),
  taken('OPENSSL_CONF_INCLUDE', 'belongs to the former'),
  taken('OPENSSL_MODULES', 'code that is loaded into Node.js'),
  taken('OPENSSL_ENGINES', 'code that is loaded into Node.js'),
  kept('OPENSSL_ia32cap', 'chooses instructions of the processor; results are the same'),
  // The C library's resolver, which getent and every other program use.
  shared('RES_OPTIONS', 'how names are looked up, by every program alike'),
  shared('LOCALDOMAIN', 'where names are looked up, by every program alike'),
  shared('HOSTALIASES', 'other names of hosts, for every program alike'),
  kept('CARES_HOSTS', 'is for a resolver that is not used'),
  // The C library and the dynamic loader. They have already loaded the launcher's shell, and will load the job.
  shared('TZ', 'the zone of the times that are shown'),
  shared('LC_ALL', 'the language of what others print'),
  shared('LANG', 'the language of what others print'),
  shared(
    'LD_LIBRARY_PATH',
    'Node.js may need it; bin/launch.sh tries without it where Node.js does not start with it',
  ),
  shared('LD_PRELOAD', 'the same'),
  kept('LD_AUDIT', 'was obeyed by the launcher before a line of ours ran'),
  kept('LD_BIND_NOW', 'only when symbols are looked up'),
  kept('LD_DEBUG', 'prints for every program, the job among them'),
  kept('GLIBC_TUNABLES', 'how memory is allotted'),
  kept('MALLOC_ARENA_MAX', 'how memory is allotted'),
  kept('MALLOC_CHECK_', 'how memory is checked'),
  kept('MALLOC_PERTURB_', 'what memory holds that was not written to'),
  kept('DYLD_LIBRARY_PATH', 'of macOS, which takes it from /bin/sh'),
  kept('DYLD_INSERT_LIBRARIES', 'of macOS, which takes it from /bin/sh'),
  kept('MallocNanoZone', 'of macOS: how memory is allotted'),
  // Proxies (src/client/proxy.ts). The lower-case names are read too.
  read('HTTPS_PROXY', 'the proxy for https'),
  read('HTTP_PROXY', 'the proxy for http; not in upper case where REQUEST_METHOD is set'),
  read('NO_PROXY', 'hosts that are reached without a proxy'),
  read('REQUEST_METHOD', 'tells a CGI program, in which HTTP_PROXY may be a header of the caller’s'),
  kept('ALL_PROXY', 'is curl’s; most often it names a proxy that speaks SOCKS, which this client does not'),
]

/** The courier's environment: what it needs to reach the API, but no key. */
export function courierVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => COURIERS.has(name) || PROXIES.test(name)))
}

const COURIERS: ReadonlySet<string> = new Set([
  ...FOREIGN_VARIABLES.filter(({ courier }) => courier).map(({ name }) => name),
  'PATH',
  'HOME',
  'TMPDIR',
])
const PROXIES = /^(https?|no)_proxy$/
