// Delays modules of Node.js that the wrapper's scripts import but do not use before the job starts, if ever: each costs 0.1 to
// 0.4 ms, and is loaded when one of its names is used. What that brings is in bench/RESULTS.md, "Trims".
// test/e2e/wrapper/start-guard.test.ts checks which modules are loaded.
/** @type {Record<string, string[]>} */
const NAMES = {
  'node:dns': ['lookup'],
  'node:os': [
    'availableParallelism',
    'constants',
    'getPriority',
    'homedir',
    'hostname',
    'networkInterfaces',
    'setPriority',
    'tmpdir',
    'uptime',
    'userInfo',
  ],
  'node:timers/promises': ['scheduler', 'setTimeout'],
  'node:tty': ['isatty'],
}

/**
 * The same for imports of execa alone. Other code uses these modules at once.
 *
 * @type {Record<string, string[]>}
 */
const NAMES_IN_EXECA = {
  'node:stream': ['Duplex', 'PassThrough', 'Readable', 'Writable', 'getDefaultHighWaterMark'],
  'node:url': ['fileURLToPath'],
  'node:util': ['aborted', 'callbackify', 'inspect'],
}

/**
 * The global `process` replaces this module, which reads all properties of `process` when it is loaded. Each kind of import is a
 * module of its own: for an import of a CommonJS module, esbuild would read all properties too.
 *
 * @type {Record<string, string>}
 */
const PROCESS = {
  'require-call': 'module.exports = process',
  'import-statement':
    'const { process } = globalThis; export default process; export const { hrtime } = process',
}

/** @type {import('esbuild').Plugin} */
export const laterModules = {
  name: 'later-modules',
  setup(build) {
    build.onResolve(
      { filter: /^node:(dns|os|process|timers\/promises|tty)$/ },
      ({ path, namespace, kind }) =>
        namespace === 'later'
          ? { path, external: true }
          : { path, namespace: path === 'node:process' ? kind : 'later' },
    )
    build.onResolve({ filter: /^node:(stream|url|util)$/ }, ({ path, namespace, importer }) => {
      if (namespace === 'later') return { path, external: true }
      return importer.includes('/node_modules/execa/') ? { path, namespace: 'later' } : undefined
    })
    build.onLoad({ filter: /^node:process$/ }, ({ namespace: kind }) => ({
      contents: PROCESS[kind],
      loader: 'js',
    }))
    build.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => {
      const names = NAMES[path] ?? NAMES_IN_EXECA[path]
      const getters = names.map(name => `get ${name}() { return require('${path}').${name} }`)
      return { contents: `module.exports = { ${getters.join(', ')} }`, loader: 'js' }
    })
  },
}
