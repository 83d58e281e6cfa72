/** What has no option in the executable's runtime: correct-runtime.bun.ts. Node.js needs none of this. */

/** Lets so many new connections wait to be accepted, on each port where this process listens. */
export function setBacklog(_backlog: number): void {}

/** The address of a host is looked up for each connection. Call it before the first one. */
export function keepNoAddresses(): void {}
