/** Numbered events, what was acknowledged of them, and what is missing or came twice at an end. */
import { Pool } from 'undici';

export interface Ledger {
  /** Ids that were answered with 202. */
  readonly acknowledged: Set<string>;
  /** All of it was sent. */
  readonly done: Promise<void>;
}

/** Posts `count` events over so many connections; one that is refused for now is sent again. */
export function send(url: string, prefix: string, count: number, connections = 16): Ledger {
  const target = new URL(url);
  const pool = new Pool(target.origin, { connections, pipelining: 1 });
  const acknowledged = new Set<string>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) {
      const id = `${prefix}-${number}`;
      for (;;) {
        const { statusCode, body } = await pool.request({
          path: target.pathname,
          method: 'POST',
          headers: {
            'ce-specversion': '1.0',
            'ce-id': id,
            'ce-type': 'numbered',
            'ce-source': '/flows',
            'content-type': 'text/plain',
          },
          body: id,
        });
        await body.dump();
        if (statusCode === 202) break;
        if (statusCode !== 429 && statusCode !== 503) throw new Error(`${id} was answered with ${statusCode}`);
      }
      acknowledged.add(id);
    }
  };
  const done = Promise.all(Array.from({ length: connections }, worker)).then(() => pool.close());
  return { acknowledged, done };
}

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
