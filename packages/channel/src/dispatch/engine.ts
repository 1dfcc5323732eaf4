/** What all parts of one dispatch engine share: its ports, its bounds, and the count of what is under way. */
import type { LogRoute, SubscriptionRoute } from '@millrace/api';
import type { Clock, Logger, Random } from '@millrace/runtime';
import type { DeadLetterStore } from '../dead-letter/dead-letter.ts';
import type { Deliverer } from '../delivery/delivery.ts';
import { Budget } from './budget.ts';
import { FlowHub } from './flow.ts';
import type { DispatchLimits } from './limits.ts';
import type { MakeMatcher, StoreReply } from './ports.ts';
import { ReadGate } from './read-gate.ts';
import { TimerHeap } from './timer-heap.ts';

/** Counts of one subscription, bound once when its route appears: the hot path only adds to numbers. */
export interface SubscriptionMeter {
  matched(count: number): void;
  /** Milliseconds from the append to the end of the accepted attempt. */
  delivered(latencyMs: number): void;
  retried(): void;
  deadLettered(to: 'sink' | 'store'): void;
}

export interface DispatchMetrics {
  bind(log: LogRoute, route: SubscriptionRoute): SubscriptionMeter;
  /** The subscription is gone. */
  forget(log: LogRoute, route: SubscriptionRoute): void;
}

const nothing: SubscriptionMeter = { matched() {}, delivered() {}, retried() {}, deadLettered() {} };
export const noDispatchMetrics: DispatchMetrics = { bind: () => nothing, forget() {} };

export interface EnginePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly deadLetters: DeadLetterStore;
  readonly deliverer: Deliverer;
  readonly makeMatcher: MakeMatcher;
  readonly storeReply: StoreReply;
  readonly metrics: DispatchMetrics;
  readonly limits: DispatchLimits;
}

export class Engine {
  readonly ports: EnginePorts;
  readonly limits: DispatchLimits;
  readonly timers: TimerHeap;
  readonly budget: Budget;
  readonly gate: ReadGate;
  readonly flow: FlowHub;
  /** Nothing new is begun any more. */
  stopping = false;
  #underWay = 0;
  #whenIdle: (() => void) | undefined;
  #replyDestination: (logUid: string) => string = (logUid) => logUid;

  constructor(ports: EnginePorts, onFirstListener: () => void) {
    this.ports = ports;
    this.limits = ports.limits;
    this.timers = new TimerHeap(ports.clock);
    this.budget = new Budget(ports.limits.budgetBytes);
    this.gate = new ReadGate(ports.limits.concurrentReads);
    this.flow = new FlowHub(onFirstListener);
  }

  /** Deliveries under way: begun and neither settled, nor waiting, nor handed back. */
  get underWay(): number {
    return this.#underWay;
  }

  begun(): void {
    this.#underWay++;
  }

  ended(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#whenIdle?.();
  }

  whenIdle(callback: () => void): void {
    if (this.#underWay === 0) callback();
    else this.#whenIdle = callback;
  }

  /** What `knativeerrordest` says of a reply that could not be stored: the address of the log it was meant for. */
  replyDestination(logUid: string): string {
    return this.#replyDestination(logUid);
  }

  setReplyDestination(find: (logUid: string) => string): void {
    this.#replyDestination = find;
  }
}
