/** Divides long work into slices, one slice of all works at a time, so that the event loop runs in between. */

/** Runs `slice` after the slices of earlier calls. It may take a few milliseconds of this thread's time. */
export type InTurn = <Result>(slice: () => Promise<Result>) => Promise<Result>

export function createTurns(): InTurn {
  let previous: Promise<unknown> = Promise.resolve()
  return slice => {
    const turn = previous.then(slice)
    previous = turn.then(pause, pause)
    return turn
  }
}

/** Node.js handles what has arrived, such as requests, before it continues. */
function pause(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
