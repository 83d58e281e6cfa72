/** The context that the paths of the page share. */

import type { ClientOf } from '../http/client.ts'
import type { DocumentOptions } from './document.ts'
import type { ContentContext } from './page-content.ts'
import type { UpdateStreams } from './update-streams.ts'

export interface PageContext extends ContentContext {
  readonly streams: UpdateStreams
  readonly clientOf: ClientOf
  /** What all pages have in common. */
  readonly frame: Pick<DocumentOptions, 'assets' | 'version' | 'canLogOut'>
}
