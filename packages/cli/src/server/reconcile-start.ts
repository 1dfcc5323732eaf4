/** The start: files are applied, reconcilers run, consumers come up, and the first tables are in force. */
import { kinds, type SourceRoute } from '@millrace/api';
import { renderManifestError } from '@millrace/controller';
import type { Clock } from '@millrace/runtime';
import { apiVersionOf } from '../client/resources.ts';
import type { RunningParts } from './local-server.ts';
import { shownPath } from './manifest-files.ts';
import type { ServiceConsumers } from './service-consumers.ts';

/** How long the start waits for reconcilers, and for consumers to listen, before it goes on and says what is not ready. */
const reconcileMsMax = 10_000;

export async function reconcileStart(parts: RunningParts, consumers: ServiceConsumers): Promise<void> {
  const { options, controlPlane, dataPlane } = parts;
  const { controller, manifests } = controlPlane;
  const { clock } = options.ports;
  const report = await manifests.start({ watch: true });
  for (const error of report.errors) options.on.problem(renderManifestError(error, shownPath(options.cwd)));
  if (options.files.length === 0) await ensureBroker(parts);
  // Addresses of the last run are void before anything is resolved by them.
  await consumers.start();
  await controller.start();
  await within(clock, reconcileMsMax, controller.idle());
  await within(clock, reconcileMsMax, consumers.settled());
  await within(clock, reconcileMsMax, controller.idle());
  dataPlane.onApplied(() => controller.tableApplied());
  await dataPlane.apply(controller.routingTable());
  controller.onRoutingTable((table) => void dataPlane.apply(table));
  applySources(parts, controller.sources());
  controller.onSources((routes) => applySources(parts, routes));
  parts.state.objects = await countObjects(parts);
}

function applySources({ sources, state, controlPlane }: RunningParts, routes: readonly SourceRoute[]): void {
  sources.apply(routes);
  const complete = routes.filter(
    (route) => route.sinkUri !== undefined && (route.kind !== 'GitHubSource' || route.secretToken !== undefined),
  );
  state.servedSources = new Set(complete.map(({ uid }) => uid));
  controlPlane.controller.tableApplied();
}

/** Never an empty screen: without files and without anything stored there is the broker `default`. */
async function ensureBroker({ controlPlane: { store } }: RunningParts): Promise<void> {
  const selection = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker' };
  const { items } = await store.list(selection);
  if (items.length === 0) await store.create({ ...selection, metadata: { name: 'default', namespace: 'default' } });
}

/** Objects by kind, without those that local mode brings itself. */
async function countObjects({
  controlPlane: { store },
}: RunningParts): Promise<readonly { kind: string; count: number }[]> {
  const counts = new Map<string, number>();
  for (const definition of kinds) {
    const { items } = await store.list({ apiVersion: apiVersionOf(definition), kind: definition.kind });
    const own = items.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'knative-eventing');
    if (own.length > 0) counts.set(definition.kind, (counts.get(definition.kind) ?? 0) + own.length);
  }
  return [...counts].map(([kind, count]) => ({ kind, count }));
}

/** Waits for work, but not longer than the limit: what is not done then goes on. */
async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = clock.setTimer(limitMs, late.resolve, { ref: true });
  try {
    await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}
