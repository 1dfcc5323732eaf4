/** A process that writes objects and reports each one when the store has answered: to be killed at any moment. */
import { silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { openLocalStore } from '../../src/store/local/open.ts';

const opened = await openLocalStore({
  dataDirectory: process.argv[2] ?? '',
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
});
if (opened.kind === 'failed') throw new Error(opened.message);
const { store } = opened;

async function write(lane: number): Promise<void> {
  for (let count = 0; ; count++) {
    const name = `w-${lane}-${count}`;
    await store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data: { name },
    });
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)));
