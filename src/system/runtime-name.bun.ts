/** What this program runs on, for people. For Node.js: runtime-name.ts. */

export function runtimeName(): string {
  return `the executable (${process.execPath})`
}
