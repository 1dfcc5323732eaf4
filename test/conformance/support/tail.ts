/** What the server says of its events, as `millrace tail` reads it: the moment at which an event was matched, and its end. */
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { waitFor } from '@millrace/testkit';

export interface Item {
  readonly kind: 'event' | 'attempt-failed' | 'settled' | 'skipped';
  readonly broker?: string;
  readonly offset?: number;
  readonly id?: string;
  readonly type?: string;
  readonly matched?: readonly string[];
  readonly trigger?: string;
  readonly outcome?: 'delivered' | 'dead-lettered';
  readonly to?: 'sink' | 'store';
  readonly replied?: boolean;
  readonly attempts?: number;
  readonly error?: string;
}

export class Tail {
  readonly items: Item[] = [];
  #response: IncomingMessage | undefined;

  async start(apiUrl: string): Promise<void> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${apiUrl}/millrace/v1/tail`, resolve).once('error', reject);
    });
    this.#response = response;
    createInterface({ input: response }).on('line', (line) => this.items.push(JSON.parse(line) as Item));
  }

  stop(): void {
    this.#response?.destroy();
  }

  /** The triggers that an event of a broker (`namespace/name`) was handed to. */
  async matched(broker: string, id: string): Promise<readonly string[]> {
    const item = await waitFor(`event ${id} of ${broker} is matched`, () =>
      this.items.find((one) => one.kind === 'event' && one.broker === broker && one.id === id),
    );
    return item.matched ?? [];
  }

  /** The end of the delivery of a broker's event to a trigger. */
  settled(broker: string, trigger: string, count = 1): Promise<readonly Item[]> {
    return waitFor(`${count} events of ${broker} are settled for ${trigger}`, () => {
      const items = this.items.filter(
        (one) => one.kind === 'settled' && one.broker === broker && one.trigger === trigger,
      );
      return items.length >= count ? items : undefined;
    });
  }
}
