// Parts of undici that no request of ours uses, and that cost more to load than the rest of it (measured: of 6 ms, 4):
// - HTTP/2, which brings node:http2, node:tls and node:crypto along, and bodies, with fetch's FormData and Blob;
// - a search tree of header names, which is built at each start to save some work on each of thousands of answers;
// - node:http, of which undici takes one number and one class, and node:assert, of which it takes one function.
// test/telemetry/undici-trim.test.ts holds this to the version that it was made for.
const STUBS = {
  'undici/lib/dispatcher/client-h2.js':
    'module.exports = () => { throw new Error("HTTP/2 is not built in") }',
  'undici/lib/web/fetch/body.js':
    'module.exports = { extractBody() { throw new Error("bodies are not built in") } }',
  'undici/lib/core/tree.js': 'module.exports = { tree: { lookup: () => null } }',
}

const MODULES = {
  // The default of --max-http-header-size (Node.js docs, http.maxHeaderSize); the launcher hands no such option on.
  'node:http': 'module.exports = { maxHeaderSize: 16384, IncomingMessage: class {} }',
  'node:assert':
    'module.exports = (isTrue, message) => { if (!isTrue) throw message instanceof Error ? message : new Error(message || "undici: assertion failed") }',
}

export const undiciTrim = {
  name: 'undici-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad(
      { filter: /undici\/lib\/(dispatcher\/client-h2|web\/fetch\/body|core\/tree)\.js$/ },
      ({ path }) => {
        const name = Object.keys(STUBS).find(end => path.endsWith(end))
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
