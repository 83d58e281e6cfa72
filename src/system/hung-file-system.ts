/**
 * Keeps the process responsive if a file system hangs, as NFS does without its server.
 *
 * Such a file system blocks the thread that calls it. At most three calls run at a time, so that one of libuv's four
 * threads stays free; further calls wait in a queue.
 */

const MAX_CALLS = 3

let runningCalls = 0
let runningSyncs = 0
let isStopped = false
/** True if the last wait ended because the file system did not answer. */
let isHung = false
/** The number of calls that have returned. */
let answers = 0
const queue: (() => void)[] = []

type Call<Given extends unknown[], Result> = (...given: Given) => Promise<Result>

const NEVER = new Promise<never>(() => {})

/** The same call, as one of at most three. After `stopFileCalls` it never settles. */
export function limited<Given extends unknown[], Result>(call: Call<Given, Result>): Call<Given, Result> {
  const begin = (given: Given): Promise<Result> => {
    if (isStopped) return NEVER
    runningCalls += 1
    const result = call(...given)
    result.then(callReturned, callReturned)
    return result
  }
  return (...given) =>
    runningCalls < MAX_CALLS
      ? begin(given)
      : new Promise<void>(resolve => queue.push(resolve)).then(() => begin(given))
}

/** The same for a call that syncs to the disk, which may take longer. */
export function limitedSync<Given extends unknown[]>(call: Call<Given, void>): Call<Given, void> {
  return limited((...given) => {
    runningSyncs += 1
    return call(...given).finally(() => {
      runningSyncs -= 1
    })
  })
}

function callReturned(): void {
  runningCalls -= 1
  answers += 1
  isHung = false
  queue.shift()?.()
}

function msSince(start: [number, number]): number {
  const [seconds, nanoseconds] = process.hrtime(start)
  return seconds * 1000 + nanoseconds / 1e6
}

/** A file system that has not answered for this many milliseconds counts as hung. */
const HUNG_MS = 300

/** The same during a sync, which takes a slow or busy disk some time. */
const HUNG_SYNC_MS = 1000

const TICK_MS = 20

/**
 * A tick counts as this long at most. If it took longer, the process waited for a processor, or was stopped, and so were the
 * threads that make its calls: hundreds of jobs in the same second can leave it without one for seconds.
 */
const LONGEST_TICK_MS = 25

/** On a busy machine a timer can run before the answers that are already there. At least this many ticks are waited for. */
const LEAST_TICKS = 3

/**
 * The promise's value; undefined if the file system hangs, after `maxMs` milliseconds, or once `isOver` returns true. Slow
 * work, such as reading a hundred thousand files, is waited for as long as calls return. Only the time in which this process
 * could run counts. `isOver` is told how much of it has passed since it was last called, in milliseconds.
 */
export async function whileAnswering<Result>(
  promise: Promise<Result>,
  maxMs: number,
  isOver: (passedMs: number) => boolean = () => false,
): Promise<Result | undefined> {
  let answersBefore = answers
  let tickedAt = process.hrtime()
  let quietMs = 0
  let waitedMs = 0
  let ticks = 0
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>(done => {
    const giveUp = (): void => done(undefined)
    // No answer has come since the last wait.
    if (isHung) setTimeout(giveUp, 0)
    timer = setInterval(() => {
      const passedMs = Math.min(msSince(tickedAt), LONGEST_TICK_MS)
      tickedAt = process.hrtime()
      quietMs = runningCalls === 0 || answers !== answersBefore ? 0 : quietMs + passedMs
      answersBefore = answers
      if (quietMs > (runningSyncs > 0 ? HUNG_SYNC_MS : HUNG_MS)) {
        isHung = true
        giveUp()
      }
      waitedMs += passedMs
      ticks += 1
      const isOverNow = isOver(passedMs)
      if (ticks >= LEAST_TICKS && (waitedMs > maxMs || isOverNow)) giveUp()
    }, TICK_MS)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearInterval(timer)
  }
}

/** With execve(2) (Node.js 22.15) the process can end although a thread hangs: src/job/leave.ts. */
const CAN_LEAVE_HUNG_THREADS = 'execve' in process

/**
 * How long `stopFileCalls` waits for running calls, in milliseconds. Longer without execve: only a signal then ends a process
 * with a hung thread, and that makes the exit status wrong. A disk that is merely slow should not cause it.
 */
const STOP_MS = CAN_LEAVE_HUNG_THREADS ? 100 : 5000

const STOP_TICK_MS = 5

/** Starts no more calls, since the process is about to end. False if a call still runs: its thread may hang forever. */
export async function stopFileCalls(): Promise<boolean> {
  isStopped = true
  // Counts ticks, because only the time in which this process could run counts.
  for (let leftMs = STOP_MS; leftMs > 0; leftMs -= STOP_TICK_MS) {
    if (runningCalls === 0 || (CAN_LEAVE_HUNG_THREADS && isHung)) break
    await new Promise(resolve => setTimeout(resolve, STOP_TICK_MS))
  }
  return runningCalls === 0
}
