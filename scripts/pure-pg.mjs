// Leaves out of pg what is not JavaScript: its bindings to libpq, which are a package that is not installed.

/** @type {import('esbuild').Plugin} */
export const purePg = {
  name: 'pure-pg',
  setup({ initialOptions, onResolve, onLoad }) {
    // The variable would make pg load the bindings.
    initialOptions.define = { ...initialOptions.define, 'process.env.NODE_PG_FORCE_NATIVE': 'undefined' }
    onResolve({ filter: /^\.\/native$/ }, ({ importer, path }) =>
      /\/pg\/lib\/index\.js$/.test(importer) ? { path, namespace: 'pure-pg' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'pure-pg' }, () => ({ contents: 'module.exports = undefined' }))
  },
}
