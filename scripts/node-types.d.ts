/** What Node.js has and @types/node of version 20 leaves out. */

declare module 'fs' {
  /** For reading. */
  function openSync(path: PathLike): number
}

interface Buffer {
  /** `toString('latin1', start, end)` without its checks. */
  latin1Slice(start?: number, end?: number): string
}

declare namespace NodeJS {
  interface Process {
    /** Node.js 22.15 and later. */
    execve?(file: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): never
  }
}
