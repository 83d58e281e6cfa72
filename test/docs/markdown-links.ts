/** The links and the headings of a document in Markdown, as GitHub reads them. */

export interface Link {
  /** Relative to the document; empty for the document itself. */
  readonly file: string
  readonly anchor?: string
}

/** The links that lead into the repository. */
export function linksOf(text: string): Link[] {
  const links = withoutCode(text).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)
  return [...links].map(([, file = '', anchor]) => ({ file, ...(anchor !== undefined && { anchor }) }))
}

/** What a link may have behind its `#`: a heading in small letters, with hyphens for blanks and without punctuation. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, '')
}
