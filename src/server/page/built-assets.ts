/** Reads the contents of the page's assets, which scripts/build.mjs puts beside the program. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../../system/errors.ts'
import { ASSETS, type AssetContents } from './assets.ts'

export function builtAssets(): AssetContents {
  const found: AssetContents = {}
  for (const name of ['script', 'style', 'icon'] as const) {
    try {
      found[name] = readFileSync(join(import.meta.dirname, ASSETS[name].file))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return found
}
