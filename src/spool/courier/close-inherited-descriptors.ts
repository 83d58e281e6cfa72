/** Closes the descriptors that the courier got from the process that started it. */

import { closeSync, readdirSync, readFileSync } from 'node:fs'

/** In the flags of proc_pid_fdinfo(5). */
const O_CLOEXEC = 0o2000000

/**
 * Closes each inherited descriptor from 3 up, because it may be a lock, or a pipe whose reader waits for its end.
 * Node.js and libuv open their own descriptors close-on-exec, so those without that flag are inherited. Linux only.
 */
export function closeInheritedDescriptors(): void {
  let names: string[]
  try {
    names = readdirSync('/proc/self/fdinfo')
  } catch {
    return
  }
  for (const name of names) {
    const descriptor = Number(name)
    if (descriptor < 3) continue
    try {
      const [, flags = ''] =
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')) ?? []
      if ((Number.parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(descriptor)
    } catch {
      // The descriptor with which the folder was read is already closed.
    }
  }
}
