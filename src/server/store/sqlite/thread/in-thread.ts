import type { AsyncEngine, Engine } from '../engine.ts'

/** What an engine throws becomes a rejection, and nothing is answered before the caller goes on. */
export function inThread(engine: Engine): AsyncEngine {
  const wrap =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    async (...args: Args): Promise<Result> => {
      await new Promise(resolve => setImmediate(resolve))
      return call(...args)
    }
  return {
    record: wrap(engine.record),
    writeOld: wrap(engine.writeOld),
    events: wrap(engine.events),
    monitors: wrap(engine.monitors),
    runs: wrap(engine.runs),
    changedRuns: wrap(engine.changedRuns),
    totals: wrap(engine.totals),
    runsUpTo: wrap(engine.runsUpTo),
    changes: wrap(engine.changes),
    cursor: wrap(engine.cursor),
    setCursor: wrap(engine.setCursor),
    size: wrap(engine.size),
    newest: wrap(engine.newest),
    expect: wrap(engine.expect),
    markLate: wrap(engine.markLate),
    pruneStep: wrap(engine.pruneStep),
    close: wrap(engine.close),
  }
}
