/** Numbers of events in sentences. */

export function eventsWere(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}

export function itOrThem(count: number): string {
  return count === 1 ? 'it' : 'them'
}
