/** Judges a run by the ledger and the sink's record, and knows nothing of what is between them. */
import type { Ledger } from './ledger.ts';
import type { Delivery } from './recording-sink.ts';

export interface Subscriber {
  readonly path: string;
  /** Whether it gets each key's events one after the other, in their order. */
  readonly ordered: boolean;
  wants(number: number): boolean;
}

/** Something that was done to the system. */
export interface Fault {
  readonly what: string;
  readonly atMs: number;
}

export interface Verdict {
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged and never answered by a subscriber that wants it. */
  readonly lost: readonly string[];
  /** Delivered to a subscriber that does not want it, or never sent. */
  readonly unexpected: readonly string[];
  /** In ordered mode: begun before an earlier acknowledged event of the same key was answered for the first time. */
  readonly disorder: readonly string[];
  /** Not acknowledged and delivered all the same: allowed, and counted. */
  readonly recovered: number;
  /** Deliveries beyond the first of an event, by the fault they came after: the first entry is before any fault. */
  readonly duplicates: readonly { readonly after: string; readonly byPath: ReadonlyMap<string, number> }[];
}

export function judge(
  ledger: Ledger,
  subscribers: readonly Subscriber[],
  deliveries: readonly Delivery[],
  faults: readonly Fault[] = [],
): Verdict {
  const firsts = firstDeliveries(deliveries);
  const lost: string[] = [];
  const disorder: string[] = [];
  for (const { path, wants, ordered } of subscribers) {
    const previous = new Map<string, string>();
    for (const { id, key, number, acknowledgedMs } of ledger.values()) {
      if (acknowledgedMs === undefined || !wants(number)) continue;
      const first = firsts.get(`${path} ${id}`);
      if (first?.answered === undefined) lost.push(`${path} ${id}`);
      const before = previous.get(key);
      previous.set(key, id);
      if (!ordered || before === undefined || !first) continue;
      const earlier = firsts.get(`${path} ${before}`)?.answered;
      if (earlier === undefined || earlier > first.began) disorder.push(`${path} ${id} before ${before}`);
    }
  }
  return {
    sent: ledger.size,
    acknowledged: [...ledger.values()].filter(({ acknowledgedMs }) => acknowledgedMs !== undefined).length,
    lost,
    disorder,
    unexpected: unexpected(ledger, subscribers, firsts),
    recovered: [...firsts.keys()].filter((name) => isUnacknowledged(ledger.get(name.split(' ')[1] ?? ''))).length,
    duplicates: duplicates(deliveries, faults),
  };
}

/** How many of a kind are named. */
const namedMax = 10;

/** What the verdict breaks of what is promised, a line each; nothing when all is well. */
export function brokenPromises(verdict: Verdict, duplicatesMax: number): readonly string[] {
  const broken: string[] = [];
  const say = (what: string, all: readonly string[]) => {
    if (all.length > 0) broken.push(`${all.length} ${what}: ${all.slice(0, namedMax).join(', ')}`);
  };
  say('lost', verdict.lost);
  say('out of order', verdict.disorder);
  say('unexpected', verdict.unexpected);
  for (const { after, byPath } of verdict.duplicates)
    for (const [path, count] of byPath)
      if (count > duplicatesMax) broken.push(`${count} duplicates of ${path} after ${after}, ${duplicatesMax} at most`);
  return broken;
}

const isUnacknowledged = (sent: { readonly acknowledgedMs?: number } | undefined) =>
  sent !== undefined && sent.acknowledgedMs === undefined;

interface First {
  readonly began: number;
  readonly answered: number | undefined;
}

/** The first begin and the first answer of each `path id`; they may be of different deliveries. */
function firstDeliveries(deliveries: readonly Delivery[]): ReadonlyMap<string, First> {
  const firsts = new Map<string, First>();
  for (const { path, id, began, answered } of deliveries) {
    const name = `${path} ${id}`;
    const known = firsts.get(name);
    firsts.set(name, {
      began: Math.min(began, known?.began ?? began),
      answered: answered === undefined ? known?.answered : Math.min(answered, known?.answered ?? answered),
    });
  }
  return firsts;
}

function unexpected(
  ledger: Ledger,
  subscribers: readonly Subscriber[],
  firsts: ReadonlyMap<string, First>,
): readonly string[] {
  return [...firsts.keys()].filter((name) => {
    const [path = '', id = ''] = name.split(' ');
    const sent = ledger.get(id);
    return !sent || !subscribers.some((one) => one.path === path && one.wants(sent.number));
  });
}

function duplicates(deliveries: readonly Delivery[], faults: readonly Fault[]): Verdict['duplicates'] {
  const seen = new Set<string>();
  const spans = [
    { after: 'the start', atMs: Number.NEGATIVE_INFINITY },
    ...faults.map(({ what, atMs }) => ({ after: what, atMs })),
  ].map((span) => ({ ...span, byPath: new Map<string, number>() }));
  for (const { path, id, beganMs } of deliveries) {
    const name = `${path} ${id}`;
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    const span = spans.findLast(({ atMs }) => atMs <= beganMs);
    span?.byPath.set(path, (span.byPath.get(path) ?? 0) + 1);
  }
  return spans.map(({ after, byPath }) => ({ after, byPath }));
}
