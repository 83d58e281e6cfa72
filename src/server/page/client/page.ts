/** The script of the page. It keeps the page current; the page can be read without it. */

import { applyUpdate } from './apply-update.ts'
import { filterAtOnce } from './filter.ts'
import { focusSearch } from './search-key.ts'
import { keepTimes } from './times.ts'
import { openUpdates } from './update-stream.ts'

keepTimes()
focusSearch()

const address = document.body.dataset.stream
if (address !== undefined) {
  const stream = openUpdates(address, update => applyUpdate(update))
  filterAtOnce(stream)
}
