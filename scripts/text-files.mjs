/**
 * The functions of shells in src/commands/completions/ are imported as text.
 *
 * @type {Record<string, 'text'>}
 */
export const textFiles = { '.bash': 'text', '.zsh': 'text', '.fish': 'text' }
