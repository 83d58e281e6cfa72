/** For `bun test`: loads the files of the executable, as scripts/runtime-pairs.mjs does for its build. */

import { existsSync, readFileSync } from 'node:fs'

interface PluginBuild {
  onLoad(
    which: { readonly filter: RegExp },
    load: (file: { readonly path: string }) => { readonly contents: string; readonly loader: 'ts' },
  ): void
}

declare const Bun: {
  plugin(plugin: { readonly name: string; readonly setup: (build: PluginBuild) => void }): void
}

Bun.plugin({
  name: 'runtime-pairs',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const pair = path.replace(/\.ts$/, '.bun.ts')
      return { contents: readFileSync(existsSync(pair) ? pair : path, 'utf8'), loader: 'ts' }
    })
  },
})
