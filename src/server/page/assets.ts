/** The script, style sheet and icon of the page. */

import { createHash } from 'node:crypto'

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

/** The files as scripts/page-files.mjs names them. */
export const ASSETS = {
  script: { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  style: { file: 'page.css', type: 'text/css; charset=utf-8' },
  icon: { file: 'page.svg', type: 'image/svg+xml' },
} as const

export type AssetName = keyof typeof ASSETS

/** By name. None is there if the program runs from its sources; the page works without them. */
export type AssetContents = Partial<Record<AssetName, Buffer>>

export function assetsOf(contents: AssetContents): Assets {
  return Object.fromEntries(
    Object.entries(contents).map(([name, body]) => {
      const { file, type } = ASSETS[name as AssetName]
      const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
      return [name, { path: `/assets/${file.replace('.', `-${hash}.`)}`, type, body }]
    }),
  )
}
