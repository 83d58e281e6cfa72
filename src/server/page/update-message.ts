/** A message of the update stream: the changed pieces of a page. */

/** Sent as JSON to the client script. Lists of pairs, because a monitor key may be `__proto__`. */
export interface Update {
  /** Plain text, not markup. */
  readonly title: string
  readonly parts: readonly (readonly [name: string, markup: string])[]
  /** The ids of all rows in their order, if that has changed. */
  readonly order?: readonly string[]
  readonly rows: readonly (readonly [id: string, markup: string])[]
  /** Plain text that screen readers announce: changes of health, not every event. */
  readonly say?: string
}
