/** The states of a run. */

/** `lost`: a newer run of the same monitor and environment has ended, and this one has not. */
export const RUN_STATES = ['running', 'complete', 'failed', 'lost'] as const

export type RunState = (typeof RUN_STATES)[number]
