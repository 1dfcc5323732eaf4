/** What the resource API takes on at most, and how long it waits. */
export interface ResourceApiLimits {
  /** Watches at once. Each holds a socket; a laptop's tools open a few dozen, a leaking client opens thousands. */
  readonly watchesMax: number;
  /** Between two bookmarks of a quiet watch: what Kubernetes uses. */
  readonly bookmarkIntervalMs: number;
  /** How long a watch may leave what was sent to it unread before it is ended with 410. */
  readonly watchStallMs: number;
  /** The longest a watch that names a `timeoutSeconds` may ask for: one day. Without it a watch has no end. */
  readonly watchTimeoutMsMax: number;
}

export const resourceApiLimits: ResourceApiLimits = {
  watchesMax: 1_000,
  bookmarkIntervalMs: 60_000,
  watchStallMs: 30_000,
  watchTimeoutMsMax: 86_400_000,
};
