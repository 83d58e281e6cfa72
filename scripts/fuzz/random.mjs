// Reproducible random choices: the same seed gives the same ones.

/** `seed` has 32 bits (mulberry32). `below(n)` is from 0 to n - 1. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = limit => next() % limit
  const one = list => list[below(list.length)]
  return {
    below,
    one,
    chance: percent => below(100) < percent,
    many: (most, make) => Array.from({ length: below(most + 1) }, make),
    bytes: length => Buffer.from(Array.from({ length }, () => below(256))),
  }
}

/** The seed of one request of a run, so that it can be repeated without the requests before it. */
export function seedOf(seed, number) {
  return Math.imul(seed ^ 0x9e3779b9, 2654435761) + Math.imul(number, 40503)
}
