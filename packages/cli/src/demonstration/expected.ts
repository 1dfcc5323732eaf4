/**
 * What must come out of `examples/github`, computed from the payloads apart from the engine.
 *
 * Each rule says in plain TypeScript, on fields of the payload as GitHub wrote it, what the trigger of that name in
 * `examples/github/manifests/40-triggers.yaml` says as a filter on the event's attributes, and how its subscriber behaves.
 * Nothing here calls a filter, a mapping or a delivery of Millrace: two independent ways have to agree.
 */
import type { WebhookPayload } from './payloads.ts';

export interface Rule {
  readonly trigger: string;
  wants(kind: string, payload: unknown): boolean;
  /** Failures of the subscriber per event that are followed by another attempt. */
  readonly retriesPerEvent: number;
  readonly end: 'delivered' | 'dead-lettered';
  /** The subscriber answers with an event of its own, which this other trigger wants. */
  readonly reply?: { readonly trigger: string; readonly idSuffix: string };
}

/** What one trigger must have got in a run. */
export interface Expectation {
  readonly trigger: string;
  readonly ids: ReadonlySet<string>;
  readonly retried: number;
  readonly end: Rule['end'];
}

const delivered = { end: 'delivered', retriesPerEvent: 0 } as const;
const refsOfBranches = ['create', 'delete', 'workflow_dispatch'];

export const rules: readonly Rule[] = [
  { ...delivered, trigger: 'everything', wants: () => true },
  {
    ...delivered,
    trigger: 'opened-issues',
    wants: (kind, payload) => kind === 'issues' && textAt(payload, 'action') === 'opened',
    reply: { trigger: 'triage', idSuffix: '-triage' },
  },
  { ...delivered, trigger: 'pull-requests', wants: (kind) => kind.startsWith('pull_request'), retriesPerEvent: 2 },
  { ...delivered, trigger: 'comments', wants: (kind) => kind.endsWith('_comment') },
  {
    trigger: 'deletions',
    wants: (_kind, payload) => textAt(payload, 'action') === 'deleted',
    retriesPerEvent: 2,
    end: 'dead-lettered',
  },
  {
    ...delivered,
    trigger: 'code',
    wants: (kind, payload) =>
      kind === 'push' ||
      kind === 'release' ||
      (refsOfBranches.includes(kind) && (textAt(payload, 'ref') ?? '').startsWith('refs/heads/')),
  },
  { ...delivered, trigger: 'others', wants: (_kind, payload) => textAt(payload, 'sender', 'login') !== 'Codertocat' },
  {
    ...delivered,
    trigger: 'checks',
    wants: (kind, payload) =>
      kind.startsWith('check_') && ['completed', 'rerequested'].includes(textAt(payload, 'action') ?? ''),
    retriesPerEvent: 2,
  },
];

/** Triggers of the sources that are driven by the clock: how many events they get depends on how long a run takes. */
export const clockTriggers = ['heartbeats', 'reports'] as const;

/** What every trigger must get for these payloads. */
export function expectedOf(payloads: readonly WebhookPayload[]): readonly Expectation[] {
  return rules.flatMap((rule) => {
    const ids = payloads.filter(({ kind, json }) => rule.wants(kind, json)).map(({ id }) => id);
    const own: Expectation = {
      trigger: rule.trigger,
      ids: new Set(ids),
      retried: ids.length * rule.retriesPerEvent,
      end: rule.end,
    };
    if (!rule.reply) return [own];
    const { trigger, idSuffix } = rule.reply;
    return [own, { trigger, ids: new Set(ids.map((id) => id + idSuffix)), retried: 0, end: 'delivered' }];
  });
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' ? at : undefined;
}
