/** The API key of tests in which no job prints it; test/support/search-captured.ts looks for it in all that was printed. */

/** No eight characters of it in a row turn up by chance. */
export const KEY = 'kq7Zx-9vBt4Lm2Wc8Rj5Yp'
