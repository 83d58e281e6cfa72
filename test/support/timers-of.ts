import { onTestFinished } from 'vitest'

const NAMES = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] as const

/**
 * Counts the timers that the file `name` of `src/` has made and that are still to come. For a test with fake timers:
 * `vi.getTimerCount()` also counts those of whatever else runs in this process, such as what an earlier test file has left
 * if files share a process.
 */
export function timersOf(name: string): () => number {
  const own = new Set<unknown>()
  const before = { setTimeout, setInterval, clearTimeout, clearInterval }
  const making =
    (make: (callback: () => void, ms?: number) => unknown, isOnce: boolean) =>
    (callback: () => void, ms?: number): unknown => {
      const timer = make(() => {
        if (isOnce) own.delete(timer)
        callback()
      }, ms)
      if (new Error().stack?.includes(name)) own.add(timer)
      return timer
    }
  const clearing = (clear: (timer?: NodeJS.Timeout) => void) => (timer?: NodeJS.Timeout) => {
    own.delete(timer)
    clear(timer)
  }
  const watching: Record<(typeof NAMES)[number], object> = {
    setTimeout: making(before.setTimeout, true),
    setInterval: making(before.setInterval, false),
    clearTimeout: clearing(before.clearTimeout),
    clearInterval: clearing(before.clearInterval),
  }
  // vitest's fake timers note at their functions how to bring back the real ones.
  for (const each of NAMES)
    Object.defineProperties(watching[each], Object.getOwnPropertyDescriptors(before[each]))
  Object.assign(globalThis, watching)
  onTestFinished(() => {
    // If the real timers are back already, the fake ones must not come again: in the next file they would never fire.
    for (const each of NAMES)
      if (globalThis[each] === watching[each]) Object.assign(globalThis, { [each]: before[each] })
  })
  return () => own.size
}
