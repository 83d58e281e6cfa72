/** Names of duties for those who may read /metrics. */

/**
 * Without the hash of a channel's target (notify/channel.ts): senders' keys may read /metrics, and whoever knows the hash can
 * try passwords. Of several channels of one kind the second is `notify-url-2`, in the order of their hashes, so that servers
 * with the same channels agree. `names`: all duties of this server.
 */
export function dutyLabels(names: readonly string[]): (name: string) => string {
  const labels = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const name of names.toSorted()) {
    const kind = name.split(':', 1).join()
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    labels.set(name, count === 1 ? kind : `${kind}-${count}`)
  }
  return name => labels.get(name) ?? name
}
