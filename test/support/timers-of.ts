import { type MockInstance, onTestFinished, vi } from 'vitest'

/**
 * Counts the timers that the file `name` of `src/` has made and that are still to come. For a test with fake timers:
 * `vi.getTimerCount()` also counts those of whatever else runs in this process, such as what an earlier test file has left
 * if files share a process.
 */
export function timersOf(name: string): () => number {
  const own = new Set<unknown>()
  const watch = (kind: 'setTimeout' | 'setInterval') => {
    const make = globalThis[kind]
    const spy = vi.spyOn(globalThis, kind) as unknown as MockInstance<
      (callback: () => void, ms: number) => unknown
    >
    return spy.mockImplementation((callback, ms) => {
      const timer: unknown = make(() => {
        if (kind === 'setTimeout') own.delete(timer)
        callback()
      }, ms)
      if (new Error().stack?.includes(name)) own.add(timer)
      return timer
    })
  }
  const forget = (kind: 'clearTimeout' | 'clearInterval') => {
    const clear = globalThis[kind]
    return vi.spyOn(globalThis, kind).mockImplementation(timer => {
      own.delete(timer)
      clear(timer)
    })
  }
  const spies = [watch('setTimeout'), watch('setInterval'), forget('clearTimeout'), forget('clearInterval')]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return () => own.size
}
