/** The parts of Bun's interface that the executable uses (Bun docs). Bun's own types would change those of Node.js. */

declare namespace Bun {
  interface FetchOptions {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly redirect?: 'manual'
    readonly signal?: AbortSignal
    /** False: no `Accept-Encoding` is sent, and the body is not decompressed. */
    readonly decompress?: boolean
    /** False: the request is not printed, whatever BUN_CONFIG_VERBOSE_FETCH says. */
    readonly verbose?: boolean
    /** An http or https proxy. Without it, HTTPS_PROXY, HTTP_PROXY and ALL_PROXY count; NO_PROXY counts in any case. */
    readonly proxy?: { readonly url: string; readonly headers?: Readonly<Record<string, string>> }
    readonly tls?: { readonly rejectUnauthorized?: boolean; readonly ca?: readonly string[] }
  }

  function fetch(url: string, options?: FetchOptions): Promise<Response>

  interface SpawnOptions {
    readonly detached?: boolean
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string | undefined>>
    readonly stdin: 'pipe'
    readonly stdout: 'ignore'
    readonly stderr: 'ignore'
  }

  class CryptoHasher {
    constructor(algorithm: 'sha256')
    update(text: string): this
    digest(encoding: 'hex'): string
  }

  /** @throws the system's error if the program cannot be started */
  function spawn(
    argv: readonly string[],
    options: SpawnOptions,
  ): {
    readonly pid: number
    /** Writes at once what fits into the pipe. */
    readonly stdin: { write(text: string): void; end(): void }
    unref(): void
  }

  interface FileSink {
    write(bytes: Uint8Array): unknown
    /** Resolves once everything is written. */
    flush(): unknown
    end(): unknown
  }

  /** Both use a duplicate of the descriptor. */
  interface DescriptorFile {
    stream(): ReadableStream<Uint8Array<ArrayBuffer>>
    writer(options: { readonly highWaterMark: number }): FileSink
  }

  function file(fd: number): DescriptorFile

  const unsafe: {
    /** How many times as often as usual a function is called before it is compiled to machine code. */
    setJITPolicy(scale: number): void
  }
}

/** https://bun.sh/docs/api/sqlite */
declare module 'bun:sqlite' {
  /** null if there is no row. */
  type Row = unknown

  interface Statement {
    readonly run: (...values: readonly unknown[]) => {
      readonly changes: number
      readonly lastInsertRowid: number
    }
    readonly get: (...values: readonly unknown[]) => Row
    readonly all: (...values: readonly unknown[]) => Row[]
    /** Closes the statement. */
    readonly finalize: () => void
  }

  /** SQLite's flags for opening a file: https://sqlite.org/c3ref/open.html */
  export const constants: Readonly<
    Record<'SQLITE_OPEN_READWRITE' | 'SQLITE_OPEN_CREATE' | 'SQLITE_OPEN_URI', number>
  >

  export class Database {
    constructor(file: string, flags: number)
    /** Runs all statements of the text. */
    run(sql: string): unknown
    /** Does not keep the statement for the next call, unlike query(). */
    prepare(sql: string): Statement
    /** With `throwOnError`, it throws if a statement is open; else the file stays open until that is finalized. */
    close(throwOnError?: boolean): void
  }
}

/** https://bun.com/docs/runtime/ffi; only what correct-runtime.bun.ts calls. */
declare module 'bun:ffi' {
  export interface LibraryFunctions {
    listen(file: number, backlog: number): number
    setenv(name: Buffer, value: Buffer, replace: number): number
  }

  export function dlopen(
    library: string,
    functions: Readonly<Record<keyof LibraryFunctions, { args: readonly string[]; returns: string }>>,
  ): { readonly symbols: LibraryFunctions }
}
