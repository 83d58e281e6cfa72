/** Calls something that examines some of the monitors until it has examined all. Events are recorded between two calls. */

export interface ExaminedSome {
  readonly healthChanged: boolean
  /** When one of the examined monitors must be examined again. */
  readonly nextAt: number | undefined
  /** The `afterId` of the next call; undefined if all monitors were examined. */
  readonly next: number | undefined
}

export interface StepContext {
  /** Called after each step. */
  readonly onStep: (done: ExaminedSome) => void
  /** True ends it. */
  readonly isClosed: () => boolean
}

/** Resolves with the earliest of the times. */
export async function inSteps(
  step: (afterId?: number) => Promise<ExaminedSome>,
  { onStep, isClosed }: StepContext,
): Promise<number | undefined> {
  let nextAt: number | undefined
  let afterId: number | undefined
  do {
    const done = await step(afterId)
    onStep(done)
    if (done.nextAt !== undefined) nextAt = Math.min(nextAt ?? done.nextAt, done.nextAt)
    afterId = done.next
  } while (afterId !== undefined && !isClosed())
  return nextAt
}
