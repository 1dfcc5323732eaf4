/** Control planes that have a server of logs, and what comes in at one. */
import type { InstallationLog, Resource, ResourceRef } from '@millrace/api';
import { waitFor } from '@millrace/testkit';
import { baseUrl, controller, start, store, useController } from './control-plane.ts';
import type { LogServer } from './messaging.ts';

export const onKafka: InstallationLog = { kind: 'kafka', cluster: { servers: ['log:9092'] } };

/** The control plane of the test, made anew. */
export async function restart(more: Parameters<typeof start>[0]): Promise<void> {
  await controller.stop();
  useController(start(more));
  await controller.start();
}

/** A control plane that has a server of logs. */
export function withServer(server: LogServer, installationLog: InstallationLog = onKafka): Promise<void> {
  return restart({ options: { baseUrl, logAdmin: server, routing: { installationLog } } });
}

export const login = { protocol: 'SASL_PLAINTEXT', user: 'u', password: 'p' };

export function secret(data: Record<string, string>): Resource {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' }, stringData: data };
}

export async function gone(ref: ResourceRef): Promise<void> {
  await waitFor(`${ref.kind} ${ref.name} is gone`, async () => (await store.get(ref)) === undefined);
}
