/**
 * What the outside of the engine saw in one simulated run: the only thing the checkers know.
 * `seq` orders everything that happened in the run; `life` counts the processes, from 0.
 */
import type { SubscriptionRoute } from '@millrace/api';

export interface AppendedEvent {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly startSeq: number;
  readonly startMs: number;
  /** Set when the log said `appended`: from then on it must not be lost. */
  ackSeq?: number;
  ackMs?: number;
  partition?: number;
  offset?: number;
}

/** A request that reached a subscriber or a dead letter sink. */
export interface SeenAttempt {
  readonly trigger: string;
  readonly to: 'subscriber' | 'sink';
  readonly eventId: string;
  readonly life: number;
  readonly startSeq: number;
  readonly startMs: number;
  /** `open` until it ends: so it stays when the process died first. */
  result: 'open' | 'taken' | 'refused' | 'timeout' | 'cancelled' | 'reply-refused';
  endSeq?: number;
  endMs?: number;
}

/** Values a trigger had from `fromSeq` (asked for) or `sureSeq` (in effect) on. */
interface RouteVersion {
  readonly route: SubscriptionRoute;
  readonly life: number;
  readonly fromSeq: number;
  sureSeq: number | undefined;
}

export interface TriggerHistory {
  readonly uid: string;
  readonly versions: RouteVersion[];
  /** First in effect: what is appended later must come to it. */
  sureSeq: number | undefined;
  readonly firstSeq: number;
  /** Asked to go. */
  deletedSeq?: number;
  goneSeq?: number;
}

interface TerminalSeen {
  readonly trigger: string;
  readonly eventId: string;
  readonly life: number;
  readonly kind: 'delivered' | 'dead-lettered';
  readonly seq: number;
}

export interface History {
  readonly events: AppendedEvent[];
  readonly triggers: Map<string, TriggerHistory>;
  readonly attempts: SeenAttempt[];
  readonly terminals: TerminalSeen[];
  /** In the dead-letter store at the end, as trigger and event. */
  readonly letters: { readonly trigger: string; readonly eventId: string }[];
  /** When each life ended, and how. */
  readonly ends: { readonly life: number; readonly seq: number; readonly how: 'crash' | 'drain' }[];
  /** Violations seen on the way: bounds, positions, the log's own rules. */
  readonly violations: string[];
  readonly timeline: string[];
  /** The log and the dead-letter store worked all the time. */
  faultless: boolean;
  /** There was more memory than all events need. */
  roomy: boolean;
  converged: boolean;
}

export function emptyHistory(): History {
  return {
    events: [],
    triggers: new Map(),
    attempts: [],
    terminals: [],
    letters: [],
    ends: [],
    violations: [],
    timeline: [],
    faultless: true,
    roomy: true,
    converged: false,
  };
}

/** The oracle's own filter: events of a type, or all of them. */
export function wants(route: SubscriptionRoute, type: string): boolean {
  const wanted = route.filter.attributes?.['type'];
  return wanted === undefined || wanted === type;
}
