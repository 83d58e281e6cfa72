/** What this program runs on, for people. In the executable: runtime-name.bun.ts. */

export function runtimeName(): string {
  return `Node.js ${process.versions.node} (${process.execPath})`
}
