// What commander has for help and for suggestions is a quarter of it. The wrapper's first script leaves it to one of its
// own, dist/help.cjs, which is loaded where the command line asks for help or is wrong.
// test/commands/commander-trim.test.ts holds this to the version that it was made for.
/** @type {Record<string, string>} */
const STUBS = {
  'commander/lib/help.js': `
    const { CommanderError } = require('./error.js')
    const later = () => {
      try {
        return require('./help.cjs')
      } catch (error) {
        throw new CommanderError(1, 'cronitor.damaged', 'the command line is wrong or asks for help, and the installation is damaged (' + (error.code || error.message) + ')')
      }
    }
    exports.Help = function () { return new (later().Help)() }
    exports.stripColor = text => later().stripColor(text)`,
  // commander has made a Help by then.
  'commander/lib/suggestSimilar.js':
    "exports.suggestSimilar = (word, candidates) => require('./help.cjs').suggestSimilar(word, candidates)",
}

/** What dist/help.cjs is made of. */
export const HELP = `
  export { Help, stripColor } from './node_modules/commander/lib/help.js'
  export { suggestSimilar } from './node_modules/commander/lib/suggestSimilar.js'`

/** @type {import('esbuild').Plugin} */
export const commanderTrim = {
  name: 'commander-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad({ filter: /commander\/lib\/(help|suggestSimilar)\.js$/ }, ({ path }) => {
      const name = Object.keys(STUBS).find(end => path.endsWith(end)) ?? ''
      seen.add(name)
      return { contents: STUBS[name], loader: 'js' }
    })
    build.onResolve({ filter: /^\.\/help\.cjs$/ }, ({ path }) => ({ path, external: true }))
    build.onEnd(() => {
      const missing = Object.keys(STUBS).filter(name => !seen.has(name))
      if (missing.length > 0) throw new Error(`commander has changed: nothing loads ${missing.join(' and ')}`)
    })
  },
}
