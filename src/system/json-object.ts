/** Tells whether parsed JSON is an object. */

/** False for null and for lists. */
export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
