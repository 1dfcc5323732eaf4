/** The objects of the isolation scenario: a broker, the healthy trigger, and beside it the two sick ones. */
import type { SinkProcess } from '../support/sinks.ts';
import type { IsolationPlan, IsolationRun } from './outcome.ts';

const broker = `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default }
`;

function trigger(name: string, url: string, delivery: string): string {
  return `---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: ${name} }
spec:
  broker: default
  subscriber: { uri: "${url}/" }
  delivery: ${delivery}
`;
}

export interface Sinks {
  readonly healthy: SinkProcess;
  readonly black: SinkProcess;
  readonly failing: SinkProcess;
}

export function manifest(
  side: IsolationRun['side'],
  sinks: Sinks,
  plan: IsolationPlan,
  failing = plan.failing,
): string {
  const healthy = trigger(
    'healthy',
    sinks.healthy.url,
    '{ retry: 3, backoffPolicy: exponential, backoffDelay: PT0.2S }',
  );
  if (side === 'alone') return broker + healthy;
  return [
    broker,
    healthy,
    // Twenty retries outlast every run, so that the whole backlog waits in the log and none of it is dead-lettered.
    trigger(
      'black-hole',
      sinks.black.url,
      `{ timeout: ${plan.timeout}, retry: 20, backoffPolicy: linear, backoffDelay: PT0.5S }`,
    ),
    trigger('failing', sinks.failing.url, failing),
  ].join('');
}
