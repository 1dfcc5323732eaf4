/** What the isolation scenario is told, and what one run of it came to. */
import type { SinkReport } from '../processes/sink.ts';

export interface IsolationPlan {
  readonly rounds: number;
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Seconds of load before the first window; what is sent then counts for everything but latency. */
  readonly warmUpSeconds: number;
  readonly windowSeconds: number;
  /** How long an attempt at the black hole may take, ISO 8601. */
  readonly timeout: string;
  /** The DeliverySpec of the failing one. */
  readonly failing: string;
  /**
   * After the measured time the failing one's retries are taken away, so that its backlog is dead-lettered at once and
   * not at the pace of its back-off.
   */
  readonly hurryFailing: boolean;
}

/** What one run of one side came to. */
export interface IsolationRun {
  readonly side: 'alone' | 'beside';
  readonly acknowledged: number;
  /** Windows of the healthy sink; microseconds. */
  readonly windows: SinkReport['windows'];
  readonly answerP99: number;
  readonly lateP99: number;
  /** CPU of the process under load, as a part of one core. */
  readonly cpuCores: number;
  readonly residentBytesMax: number;
  readonly anonymousBytesMax: number;
  /** Pages of files that came into memory since the start: the log's, which the kernel may drop whenever it likes. */
  readonly mappedBytesMax: number;
  readonly healthyMissing: number;
  readonly healthyRepeated: number;
  readonly sick?: SickOutcome;
}

export interface SickOutcome {
  /** Events the black hole had answered before it was healed. */
  readonly takenBlack: number;
  /** Requests it had accepted by then. */
  readonly heldRequests: number;
  readonly missingHealed: number;
  /** Events of the black hole's trigger that went to the dead-letter store: its retries are meant to outlast the run. */
  readonly blackDeadLettered: number;
  readonly healedMs: number;
  /** Different events the failing sink saw, and what the server counts as dead-lettered for it. */
  readonly failingSeen: number;
  readonly failingDeadLettered: number;
  readonly failingAttempts: number;
}
