/** Constructed runs: payloads, records and collections that tests take apart. */
import { type Collected, type DeliveryRecord, sortRecords } from '../../src/demonstration/collect.ts';
import { type Expectation, expectedOf } from '../../src/demonstration/expected.ts';
import type { WebhookPayload } from '../../src/demonstration/payloads.ts';

export const runId = 'run-1';

function payload(number: number, kind: string, json: unknown): WebhookPayload {
  return { kind, json, id: `${runId}-${String(number).padStart(4, '0')}`, body: Buffer.from(JSON.stringify(json)) };
}

const sender = { login: 'Codertocat' };

/** One event for every trigger, and some for none but `everything`. */
export const payloads: readonly WebhookPayload[] = [
  payload(1, 'issues', { action: 'opened', sender }),
  payload(2, 'issues', { action: 'deleted', sender }),
  payload(3, 'pull_request', { action: 'opened', sender }),
  payload(4, 'issue_comment', { action: 'created', sender }),
  payload(5, 'push', { ref: 'refs/heads/main', sender }),
  payload(6, 'watch', { action: 'started', sender: { login: 'somebody' } }),
  payload(7, 'check_run', { action: 'completed', sender }),
  payload(8, 'star', { sender }),
];

/** The records a faultless run leaves. */
export function faultless(expectations: readonly Expectation[] = expectedOf(payloads)): DeliveryRecord[] {
  const retriesPerEvent = ({ retried, ids }: Expectation) => (ids.size === 0 ? 0 : retried / ids.size);
  const events = expectations.flatMap((each) =>
    [...each.ids].flatMap((id): DeliveryRecord[] => {
      const record = { subscriber: 's', trigger: each.trigger, id, type: 't' };
      const failed: DeliveryRecord = { ...record, outcome: 'failed' };
      const failures = Array.from({ length: retriesPerEvent(each) }, () => failed);
      if (each.end === 'delivered') return [...failures, { ...record, outcome: 'taken' }];
      return [...failures, failed, { ...record, subscriber: 'dead-letters', outcome: 'taken' }];
    }),
  );
  const tick = (trigger: string): DeliveryRecord => ({
    subscriber: 'takes',
    trigger,
    id: `uuid-of-${trigger}`,
    type: 'tick',
    outcome: 'taken',
  });
  return [...events, tick('heartbeats'), tick('reports')];
}

export function collected(records: readonly DeliveryRecord[] = faultless()): Collected {
  return sortRecords(records, runId);
}
