/** The version from package.json. The build inserts it. */

declare const __VERSION__: string | undefined

export const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source'
