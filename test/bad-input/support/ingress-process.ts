/** The server that is attacked, as a process of its own: prints its port, ends when its input ends. */
import { createIngress } from '@millrace/broker';
import type { EventLog } from '@millrace/channel';
import { createHttpServer, noMetrics, systemClock } from '@millrace/runtime';
import { limits } from './generator.ts';

const log: Pick<EventLog, 'append'> = {
  append: (records) =>
    Promise.resolve({ kind: 'appended', positions: records.map((_, offset) => ({ partition: 0, offset })) }),
};
const ingress = createIngress({ clock: systemClock, metrics: noMetrics, logs: () => log as EventLog });
const [uid, namespace, name] = ['uid-b', 'default', 'b'];
const retention = { ageMs: 1, bytes: 1 };
ingress.apply({
  logs: [{ uid, kind: 'Broker', namespace, name, path: '/default/b', hosts: [], retention, subscriptions: [] }],
});
const server = createHttpServer({
  clock: systemClock,
  handler: ingress,
  headers: ingress.headers,
  limits: { ...limits, lingerMs: 500 },
});
const listening = await server.listen('127.0.0.1', 0);
process.stdout.write(listening.kind === 'listening' ? `${listening.port}\n` : 'no port\n');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
