/** The sender's ledger of a crash test: what was acknowledged, written down before anything is judged. */
import { Pool } from 'undici';

export interface Ledger {
  /** Ids that were answered with 202. */
  readonly acknowledged: Set<string>;
  /** Ids that were sent and got no answer: they may or may not arrive. */
  readonly unanswered: Set<string>;
}

/** Posts numbered events as fast as they are taken until it is stopped or the server goes away. */
export function sendAtFullSpeed(
  url: string,
  prefix: string,
  connections: number,
): { readonly ledger: Ledger; stop(): Promise<void> } {
  const target = new URL(url);
  const pool = new Pool(target.origin, { connections, pipelining: 1 });
  const ledger: Ledger = { acknowledged: new Set(), unanswered: new Set() };
  let next = 0;
  let going = true;
  const worker = async () => {
    while (going) {
      const id = `${prefix}-${next++}`;
      ledger.unanswered.add(id);
      try {
        const answer = await pool.request({
          path: target.pathname,
          method: 'POST',
          headers: {
            'ce-specversion': '1.0',
            'ce-id': id,
            'ce-type': next % 2 === 0 ? 'even' : 'odd',
            'ce-source': '/crash',
            'content-type': 'application/json',
          },
          body: `{"n":${next},"fill":"${'x'.repeat(900)}"}`,
        });
        await answer.body.dump();
        if (answer.statusCode === 202) {
          ledger.acknowledged.add(id);
          ledger.unanswered.delete(id);
        } else if (answer.statusCode !== 429 && answer.statusCode !== 503)
          throw new Error(`unexpected answer ${answer.statusCode}`);
        else ledger.unanswered.delete(id);
      } catch {
        // The server was killed: this id stays unanswered, and the worker is done.
        return;
      }
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    ledger,
    async stop() {
      going = false;
      await Promise.all(workers);
      await pool.destroy();
    },
  };
}

export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged and never delivered to a trigger that wants it. */
  readonly lost: readonly string[];
  /** Deliveries beyond the first. */
  readonly duplicates: number;
  /** Not acknowledged, and delivered all the same. */
  readonly recovered: number;
  /** Delivered to a trigger that does not want it, or never sent. */
  readonly unexpected: readonly string[];
}

/** Judges one round by the ledger and what the sink counted; knows nothing of the engine. */
export function judgeRound(
  ledger: Ledger,
  wantedBy: ReadonlyMap<string, (id: string) => boolean>,
  counts: ReadonlyMap<string, number>,
): Verdict {
  const lost: string[] = [];
  const unexpected: string[] = [];
  let duplicates = 0;
  let recovered = 0;
  for (const id of ledger.acknowledged) {
    for (const [path, wants] of wantedBy) if (wants(id) && !counts.has(`${path} ${id}`)) lost.push(`${path} ${id}`);
  }
  for (const [key, count] of counts) {
    const [path = '', id = ''] = key.split(' ');
    if (!ledger.acknowledged.has(id) && !ledger.unanswered.has(id)) continue;
    duplicates += count - 1;
    if (!wantedBy.get(path)?.(id)) unexpected.push(key);
    if (ledger.unanswered.has(id)) recovered++;
  }
  return { acknowledged: ledger.acknowledged.size, lost, duplicates, recovered, unexpected };
}
