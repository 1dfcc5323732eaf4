/** What the main thread and a worker ask each other besides entries, and what a worker is started with. */
import type { LogRoute } from '@millrace/api';
import type { HttpServerLimits, ListenOutcome, MetricOptions } from '@millrace/runtime';
import type { WebhookAnswer, WebhookRequest } from '@millrace/sources';

/** A log in the table of a worker. */
export interface WorkerLog {
  /** Its subscriptions are left out: who wants an event is decided by the main thread. */
  readonly route: LogRoute;
  /** Stands for its UID in entries; absent while it is not open. */
  readonly number?: number;
}

/** What a counter has counted since it was asked for last. */
export interface Counted {
  readonly name: string;
  readonly options: MetricOptions;
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

export interface ToWorker {
  /** Listens on the data port beside the other workers. */
  readonly listen: { readonly ask: { readonly host: string; readonly port: number }; readonly answer: ListenOutcome };
  /** These are the logs from now on. */
  readonly apply: { readonly ask: readonly WorkerLog[]; readonly answer: undefined };
  readonly counts: { readonly ask: undefined; readonly answer: readonly Counted[] };
  /** Gives back what the start needed: one thread after the other, since V8's flags are the process's. */
  readonly releaseMemory: { readonly ask: undefined; readonly answer: undefined };
  readonly closePort: { readonly ask: number; readonly answer: undefined };
  readonly closeDeliveries: { readonly ask: undefined; readonly answer: undefined };
}

export interface ToMain {
  /** A request for a source that receives. */
  readonly webhook: { readonly ask: WebhookRequest; readonly answer: WebhookAnswer };
  /** An error that a person should see. */
  readonly log: {
    readonly ask: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string };
    readonly answer: undefined;
  };
}

/** `workerData` of the thread. */
export interface WorkerStart {
  readonly hosts: readonly string[];
  readonly userAgent: string;
  readonly webhookPaths: RegExp;
  readonly serverLimits: Partial<HttpServerLimits>;
  readonly connectionsPerOrigin: number;
}
