/** What ingress counts. Labels: whose log took it for what was accepted, a closed set of reasons for what was not. */
import type { LogRoute } from '@millrace/api';
import type { Counter, Labels, Metrics, RefusalReason } from '@millrace/runtime';

export type RejectReason =
  | RefusalReason
  | 'foreign-host'
  | 'foreign-origin'
  | 'method'
  | 'path'
  | 'undecodable'
  | 'unsupported-content-type'
  | 'too-many-events'
  | 'unknown-broker'
  | 'ttl'
  | 'log-busy'
  | 'log-full'
  | 'log-failed'
  | 'not-delivered';

const rejectReasons: readonly RejectReason[] = [
  ...(['malformed', 'header-too-large', 'body-too-large', 'too-slow', 'too-many-requests', 'expectation'] as const),
  ...([
    'failed',
    'foreign-host',
    'foreign-origin',
    'method',
    'path',
    'undecodable',
    'unsupported-content-type',
  ] as const),
  ...(['too-many-events', 'unknown-broker', 'ttl', 'log-busy', 'log-full', 'log-failed', 'not-delivered'] as const),
];

export interface LogCounters {
  readonly events: Counter;
  readonly bytes: Counter;
}

export class IngressMetrics {
  readonly #metrics: Pick<Metrics, 'counter' | 'forget'>;
  readonly #rejected: ReadonlyMap<RejectReason, Counter>;

  constructor(metrics: Pick<Metrics, 'counter' | 'forget'>) {
    this.#metrics = metrics;
    const what = { description: 'Requests that ingress did not accept, by reason', unit: '{request}' };
    // All of them from the start, so that a rate over them has a first value.
    this.#rejected = new Map(
      rejectReasons.map((reason) => [reason, metrics.counter('millrace.ingress.rejected', what, { reason })]),
    );
  }

  rejected(reason: RejectReason): void {
    this.#rejected.get(reason)?.add(1);
  }

  countersOf(route: LogRoute): LogCounters {
    const labels = labelsOf(route);
    return {
      events: this.#metrics.counter(
        'millrace.ingress.accepted',
        { description: 'Events accepted: durable and answered with 202', unit: '{event}' },
        labels,
      ),
      bytes: this.#metrics.counter(
        'millrace.ingress.accepted.size',
        { description: 'Bytes of the bodies in which accepted events came', unit: 'By' },
        labels,
      ),
    };
  }

  forget(route: LogRoute): void {
    this.#metrics.forget(labelsOf(route));
  }
}

/** Of a broker as Knative names them, and of the others in the same way. */
function labelsOf({ kind, namespace, name }: LogRoute): Labels {
  const of = kind.toLowerCase();
  return { [`kn.${of}.namespace`]: namespace, [`kn.${of}.name`]: name };
}
