/** Sets a member of a JSON object in its text, so that everything else stays as a person has written it. */

interface Member {
  readonly name: string
  readonly nameStart: number
  readonly nameEnd: number
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * @param text of an object, as JSON.parse accepts it after a byte order mark
 * @param value new text, for each member of that name
 */
export function withJsonMember(text: string, name: string, value: string): string {
  const written = JSON.stringify(value)
  const members = membersOf(text)
  const existing = members.filter(member => member.name === name)
  if (existing.length > 0) {
    return existing
      .toReversed()
      .reduce(
        (rest, { valueStart, valueEnd }) => rest.slice(0, valueStart) + written + rest.slice(valueEnd),
        text,
      )
  }
  const open = text.indexOf('{') + 1
  const [first] = members
  const last = members.at(-1)
  if (first === undefined || last === undefined) {
    return `${text.slice(0, open)}\n  ${JSON.stringify(name)}: ${written}\n${text.slice(text.lastIndexOf('}'))}`
  }
  // White space as in front of the first member, and as around its colon.
  const before = text.slice(open, first.nameStart)
  const colon = text.slice(first.nameEnd, first.valueStart)
  const gap = before === '' && colon.endsWith(' ') ? ' ' : before
  const added = `,${gap}${JSON.stringify(name)}${colon}${written}`
  return text.slice(0, last.valueEnd) + added + text.slice(last.valueEnd)
}

/** The members of the outermost object. */
function membersOf(text: string): Member[] {
  const members: Member[] = []
  let at = text.indexOf('{') + 1
  for (;;) {
    at = afterSpace(text, at)
    if (text[at] === ',') at = afterSpace(text, at + 1)
    if (text[at] !== '"') return members
    const nameStart = at
    const nameEnd = afterString(text, at)
    const valueStart = afterSpace(text, text.indexOf(':', nameEnd) + 1)
    const valueEnd = afterValue(text, valueStart)
    const name: unknown = JSON.parse(text.slice(nameStart, nameEnd))
    members.push({ name: String(name), nameStart, nameEnd, valueStart, valueEnd })
    at = valueEnd
  }
}

function afterSpace(text: string, from: number): number {
  let at = from
  while (/^[ \t\r\n]$/.test(text[at] ?? '')) at += 1
  return at
}

function afterString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function afterValue(text: string, from: number): number {
  let depth = 0
  let at = from
  for (;;) {
    const character = text[at]
    if (character === '"') at = afterString(text, at)
    else {
      if (character === undefined) return at
      if (depth === 0 && /[,} \t\r\n]/.test(character)) return at
      if (character === '{' || character === '[') depth += 1
      if (character === '}' || character === ']') depth -= 1
      at += 1
    }
    if (depth === 0 && /["}\]]/.test(text[at - 1] ?? '')) return at
  }
}
