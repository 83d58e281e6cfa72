// What `cronitor serve` sends to browsers, under names with a hash of the content (src/server/page/assets.ts).
import { build } from 'esbuild'

const CLIENT = 'src/server/page/client'

/**
 * The bundles of page.js, page.css and page.svg. Nothing is written.
 *
 * @param {string} root
 */
export function pageFiles(root) {
  /** @type {(entry: string, svg?: import('esbuild').Loader) => Promise<any>} */
  const bundle = (entry, svg = 'dataurl') =>
    build({
      absWorkingDir: root,
      bundle: true,
      platform: 'browser',
      target: ['chrome111', 'firefox113', 'safari16.4'],
      entryPoints: { page: `${CLIENT}/${entry}` },
      outdir: 'dist',
      format: 'iife',
      minify: true,
      legalComments: 'none',
      logLevel: 'warning',
      metafile: true,
      write: false,
      loader: { '.svg': svg },
    })
  return Promise.all([bundle('page.ts'), bundle('style.css'), bundle('icon.svg', 'copy')])
}
