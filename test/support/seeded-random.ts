/** Chance that can be had again. */

/** The seed: what the variable says, or a new one. It belongs into the message of each failure. */
export function seedFrom(variable: string): number {
  return Number(process.env[variable] || Math.floor(Math.random() * 2 ** 31))
}

/** As Math.random, the same for the same seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of the choices, each as likely as its number says; the numbers add up to 1. */
export function pickOf<Choice extends string>(
  random: () => number,
  choices: Readonly<Record<Choice, number>>,
): Choice {
  let left = random()
  const entries = Object.entries(choices) as [Choice, number][]
  for (const [choice, share] of entries) {
    left -= share
    if (left < 0) return choice
  }
  const [first] = entries[0] ?? []
  if (first === undefined) throw new Error('nothing to choose from')
  return first
}
