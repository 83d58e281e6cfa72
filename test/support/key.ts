/** API keys of tests. No eight characters of them in a row turn up by chance. */

/** test/support/search-captured.ts fails if anything that a program printed contains a part of it. */
export const KEY = 'kq7Zx-9vBt4Lm2Wc8Rj5Yp'

/** For tests whose jobs print their environment, and so the key. */
export const PRINTED_KEY = 'transparency-key-0123456789'
