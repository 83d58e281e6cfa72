// What differs between Node.js and the executable's runtime stands in pairs of files with the same exports, such as
// src/system/own-program.ts and, for the executable, own-program.bun.ts. This takes the second in the place of the first.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** @type {import('esbuild').Plugin} */
export const runtimePairs = {
  name: 'runtime-pairs',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const other = resolve(resolveDir, path.replace(/\.ts$/, '.bun.ts'))
      return existsSync(other) ? { path: other } : undefined
    })
  },
}
