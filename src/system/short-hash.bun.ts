/** Short hashes for file names. For Node.js: short-hash.ts. */

/** The first `digits` hex digits of the SHA-256 of a text. */
export function shortHash(text: string, digits: number): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, digits)
}
