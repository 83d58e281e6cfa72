// Parts of undici that no request of ours uses, and that cost more to load than the rest: HTTP/2 (it brings node:http2,
// node:tls and crypto along), bodies (fetch's, with FormData and Blob), and the parser without SIMD, for processors that
// Node.js itself does not run on. test/telemetry/undici-trim.test.ts holds this to the version that it was made for.
const STUBS = {
  'undici/lib/dispatcher/client-h2.js':
    'module.exports = () => { throw new Error("HTTP/2 is not built in") }',
  'undici/lib/web/fetch/body.js':
    'module.exports = { extractBody() { throw new Error("bodies are not built in") } }',
}

export const undiciTrim = {
  name: 'undici-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad({ filter: /undici\/lib\/(dispatcher\/client-h2|web\/fetch\/body)\.js$/ }, ({ path }) => {
      const name = Object.keys(STUBS).find(end => path.endsWith(end))
      seen.add(name)
      return { contents: STUBS[name], loader: 'js' }
    })
    build.onEnd(() => {
      const missing = Object.keys(STUBS).filter(name => !seen.has(name))
      if (missing.length > 0) throw new Error(`undici has changed: nothing loads ${missing.join(' and ')}`)
    })
  },
}
