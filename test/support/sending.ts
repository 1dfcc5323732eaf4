/** Numbered events that are sent until each of them is acknowledged. */
import { Pool } from 'undici';

const connections = 16;

export interface Sending {
  /** Ids that were answered with 202. */
  readonly acknowledged: Set<string>;
  /** All of it was sent. */
  readonly done: Promise<void>;
}

/** Posts `count` events, the data of each being its id; one that is refused for now is sent again. */
export function sendNumbered(url: string, prefix: string, count: number): Sending {
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
            'ce-source': '/numbered',
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
