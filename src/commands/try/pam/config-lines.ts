/** The lines of pam_env's two files, as `_assemble_line` of pam_env.c reads them. */

/** Each without its comment. A backslash at its end continues a line. Spaces at the end are kept. */
export function configLines(text: string): readonly string[] {
  const lines: string[] = []
  let begun = ''
  for (const line of text.split('\n')) {
    const [used = ''] = line.split('#', 1)
    if (used.trim() === '') continue
    const isCut = used.length < line.length
    const continued = isCut ? null : /^(.*)\\\s*$/.exec(used)
    if (continued !== null) {
      begun += continued[1]
    } else {
      lines.push(begun + used)
      begun = ''
    }
  }
  return lines
}
