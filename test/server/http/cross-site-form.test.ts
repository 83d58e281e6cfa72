import { expect, test } from 'vitest'
import { isCrossSite } from '../../../src/server/http/cross-site-form.ts'

test.each([
  [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, false],
  [{ 'sec-fetch-site': 'none' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://here:1' }, true],
  // Another port of this host is another site for what is changed here.
  [{ 'sec-fetch-site': 'same-site' }, true],
  [{ origin: 'http://here:1' }, false],
  [{ origin: 'https://HERE:1' }, false],
  [{ origin: 'http://here:2' }, true],
  [{ origin: 'http://elsewhere:1' }, true],
  [{ origin: 'null' }, true],
  // No browser: it has no cookies that a page could misuse.
  [{}, false],
])('%j is from elsewhere: %s', (headers, elsewhere) => {
  expect(isCrossSite({ host: 'here:1', ...headers })).toBe(elsewhere)
})
