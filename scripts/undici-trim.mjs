// Omits parts of undici that no request uses. They take two thirds of its loading time (4 of 6 ms):
// - HTTP/2, which loads node:http2, node:tls and node:crypto, and request bodies with FormData and Blob;
// - a search tree of header names, which is built at each start and only pays off for thousands of answers;
// - node:http and node:assert: undici uses one number and one class of the first, and one function of the second;
// - diagnostics channels, which also print for NODE_DEBUG=undici, and SOCKS proxies;
// - tables of methods, states and characters: the client uses the names of errors and one number from them.
// What each brings is in bench/RESULTS.md, "Trims".
// test/client/undici-trim.test.ts holds this to the version that it was made for.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { ERROR, TYPE } = require('undici/lib/llhttp/constants.js')

const CHANNELS =
  'beforeConnect connected connectError sendHeaders create bodySent bodyChunkSent bodyChunkReceived headers trailers error proxyConnected'

/** @type {Record<string, string>} */
const STUBS = {
  'undici/lib/dispatcher/client-h2.js':
    'module.exports = () => { throw new Error("HTTP/2 is not built in") }',
  'undici/lib/web/fetch/body.js':
    'module.exports = { extractBody() { throw new Error("bodies are not built in") } }',
  'undici/lib/core/diagnostics.js': `const none = { hasSubscribers: false }; exports.channels = { ${CHANNELS.split(
    ' ',
  )
    .map(name => `${name}: none`)
    .join(', ')} }`,
  'undici/lib/llhttp/constants.js': `exports.ERROR = ${JSON.stringify(ERROR)}; exports.TYPE = ${JSON.stringify(TYPE)}`,
  'undici/lib/dispatcher/socks5-proxy-agent.js':
    'module.exports = class { constructor() { throw new Error("SOCKS is not built in") } }',
  'undici/lib/core/tree.js': 'module.exports = { tree: { lookup: () => null } }',
}

/** @type {Record<string, string>} */
const MODULES = {
  // The default of --max-http-header-size (Node.js docs, http.maxHeaderSize), which the launcher does not pass on.
  'node:http': 'module.exports = { maxHeaderSize: 16384, IncomingMessage: class {} }',
  'node:assert':
    'module.exports = (isTrue, message) => { if (!isTrue) throw message instanceof Error ? message : new Error(message || "undici: assertion failed") }',
}

/** @type {import('esbuild').Plugin} */
export const undiciTrim = {
  name: 'undici-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad(
      {
        filter:
          /undici\/lib\/(dispatcher\/(client-h2|socks5-proxy-agent)|web\/fetch\/body|core\/(diagnostics|tree)|llhttp\/constants)\.js$/,
      },
      ({ path }) => {
        const name = Object.keys(STUBS).find(end => path.endsWith(end)) ?? ''
        seen.add(name)
        return { contents: STUBS[name], loader: 'js' }
      },
    )
    build.onResolve({ filter: /^node:(http|assert)$/ }, ({ path, importer }) => {
      if (!importer.includes('/undici/')) return undefined
      seen.add(path)
      return { path, namespace: 'undici-trim' }
    })
    build.onLoad({ filter: /.*/, namespace: 'undici-trim' }, ({ path }) => ({
      contents: MODULES[path],
      loader: 'js',
    }))
    build.onEnd(() => {
      const missing = [...Object.keys(STUBS), ...Object.keys(MODULES)].filter(name => !seen.has(name))
      if (missing.length > 0) throw new Error(`undici has changed: nothing loads ${missing.join(' and ')}`)
    })
  },
}

/** The WebAssembly of undici's parser, for processors with and without SIMD: paths in dist/ and contents. */
export const PARSERS = [
  { path: 'llhttp_simd.wasm', contents: require('undici/lib/llhttp/llhttp_simd-wasm.js') },
  { path: 'llhttp.wasm', contents: require('undici/lib/llhttp/llhttp-wasm.js') },
]

/**
 * Makes the script read its parser from a file. As text in the script, both parsers would be half of what each run reads, and
 * the compiled code would have one of them again.
 *
 * @type {import('esbuild').Plugin}
 */
export const undiciParsers = {
  name: 'undici-parsers',
  setup(build) {
    const seen = new Set()
    build.onLoad({ filter: /undici\/lib\/llhttp\/llhttp(_simd)?-wasm\.js$/ }, ({ path }) => {
      const [, simd = ''] = /llhttp(_simd)?-wasm/.exec(path) ?? []
      seen.add(simd)
      const contents = `module.exports = require('node:fs').readFileSync(__dirname + '/llhttp${simd}.wasm')`
      return { contents, loader: 'js' }
    })
    build.onEnd(() => {
      if (seen.size < PARSERS.length)
        throw new Error('undici has changed: its parser is loaded in another way')
    })
  },
}
