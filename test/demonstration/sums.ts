/** The line of sums that a demonstration ends with. */
export interface Sums {
  readonly accepted: number;
  readonly delivered: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly unexpected: number;
}

/** The line that ends a demonstration, as numbers; undefined when there is none. */
export function sumsOf(stdout: string): Sums | undefined {
  const line =
    /^demonstration: (\d+) events accepted, (\d+) delivered, (\d+) retried, (\d+) dead-lettered, (\d+) lost, (\d+) unexpected$/m.exec(
      stdout,
    );
  if (!line) return undefined;
  const [accepted = 0, delivered = 0, retried = 0, deadLettered = 0, lost = 0, unexpected = 0] = line
    .slice(1)
    .map(Number);
  return { accepted, delivered, retried, deadLettered, lost, unexpected };
}
