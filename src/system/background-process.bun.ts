/** Starts a process that stays after this one. For Node.js: background-process.ts. */

export interface BackgroundProcess {
  readonly pid: number | undefined
  readonly write: (input: string) => void
}

/** The started program is this executable. Without the variable, it would keep the address of a host for 30 seconds. */
const NO_ADDRESS_CACHE = { BUN_FEATURE_FLAG_DISABLE_DNS_CACHE: '1' }

/** With Bun's own function, since the pipes of `node:child_process` are written to later than this process may exit. */
export function startInBackground(
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): BackgroundProcess {
  try {
    const child = Bun.spawn(argv, {
      detached: true,
      cwd: '/',
      env: { ...env, ...NO_ADDRESS_CACHE },
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
    })
    return {
      pid: child.pid,
      write(input) {
        child.stdin.write(input)
        child.stdin.end()
        child.unref()
      },
    }
  } catch {
    return { pid: undefined, write() {} }
  }
}
