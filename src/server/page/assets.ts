/** The script, style sheet and icon of the page. scripts/build.mjs puts them beside the program. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../../system/errors.ts'

export interface Asset {
  /** Contains a hash of the content, so that browsers may cache it forever. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
}

export interface Assets {
  readonly script?: Asset
  readonly style?: Asset
  readonly icon?: Asset
}

const TYPES = {
  script: { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  style: { file: 'page.css', type: 'text/css; charset=utf-8' },
  icon: { file: 'page.svg', type: 'image/svg+xml' },
} as const

export type AssetName = keyof typeof TYPES

/** Their contents. None are there if the program runs from its sources; the page works without them. */
export function builtAssets(folder = import.meta.dirname): Partial<Record<AssetName, Buffer>> {
  const found: Partial<Record<AssetName, Buffer>> = {}
  for (const name of ['script', 'style', 'icon'] as const) {
    try {
      found[name] = readFileSync(join(folder, TYPES[name].file))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return found
}

export function assetsOf(contents: Partial<Record<AssetName, Buffer>>): Assets {
  return Object.fromEntries(
    Object.entries(contents).map(([name, body]) => {
      const { file, type } = TYPES[name as AssetName]
      const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
      return [name, { path: `/assets/${file.replace('.', `-${hash}.`)}`, type, body }]
    }),
  )
}
