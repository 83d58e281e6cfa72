/** The values of a field in words. */

/** `a`, `a and b`, `a, b and c`. */
export function wordList(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}

/** `1, 3 to 7 and 9`, with runs of three or more values as a range. */
export function valueList(values: readonly number[], nameOf: (value: number) => string): string {
  const items: string[] = []
  for (let start = 0; start < values.length; ) {
    let end = start
    while (values[end + 1] === (values[end] ?? 0) + 1) end++
    const [first, last] = [nameOf(values[start] ?? 0), nameOf(values[end] ?? 0)]
    if (end - start >= 2) items.push(`${first} to ${last}`)
    else items.push(...(end > start ? [first, last] : [first]))
    start = end + 1
  }
  return wordList(items)
}

/** The distance of values that are equally far from each other; undefined if they are not, or are one alone. */
export function stepOf(values: readonly number[]): number | undefined {
  const [first, second] = values
  if (first === undefined || second === undefined) return undefined
  const step = second - first
  return values.every((value, index) => value === first + index * step) ? step : undefined
}

/** The step if the values continue in the next hour or day at the same distance: 5, 25, 45 of 60. */
export function endlessStep(values: readonly number[], length: number): number | undefined {
  const step = stepOf(values)
  return step !== undefined && step * values.length === length ? step : undefined
}

/** `1st`, `2nd`, `23rd`. */
export function ordinal(value: number): string {
  const tens = Math.floor(value / 10) % 10
  const ending = tens === 1 ? undefined : ['th', 'st', 'nd', 'rd'][value % 10]
  return `${value}${ending ?? 'th'}`
}
