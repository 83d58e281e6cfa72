/** A message of the stream: what has changed of a page. */

/** As JSON to the client script, which puts the pieces in place. Lists of pairs: a key may be called `__proto__`. */
export interface Update {
  /** Text, as is `say`. */
  readonly title: string
  readonly parts: readonly (readonly [name: string, markup: string])[]
  /** The ids of all rows in their order, where that has changed. */
  readonly order?: readonly string[]
  readonly rows: readonly (readonly [id: string, markup: string])[]
  /** For a screen reader to say: changes of health, never each event. */
  readonly say?: string
}
