/** What is missing or came twice at an end of a flow. */

export interface Verdict {
  readonly lost: readonly string[];
  /** Deliveries beyond the first. */
  readonly duplicates: number;
}

/** `came`: how often each id came. */
export function judge(wanted: Iterable<string>, came: ReadonlyMap<string, number>): Verdict {
  const lost: string[] = [];
  let duplicates = 0;
  for (const id of wanted) {
    const count = came.get(id) ?? 0;
    if (count === 0) lost.push(id);
    else duplicates += count - 1;
  }
  return { lost, duplicates };
}
