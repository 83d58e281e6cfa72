/** The contents of the page's assets, which scripts/build-executable.mjs puts into the program's text. */

import type { AssetContents } from './assets.ts'

declare const __PAGE__: Readonly<Record<'script' | 'style' | 'icon', string>> | undefined

export function builtAssets(): AssetContents {
  if (typeof __PAGE__ !== 'object') return {}
  const { script, style, icon } = __PAGE__
  return { script: Buffer.from(script), style: Buffer.from(style), icon: Buffer.from(icon) }
}
