/** Waits for a condition with a limit, instead of sleeping for luck. Real time: for tests against real processes. */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const limitMs = options.timeoutMs ?? 10_000;
  const startMs = performance.now();
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() - startMs > limitMs) throw new Error(`not reached in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 10));
  }
}
