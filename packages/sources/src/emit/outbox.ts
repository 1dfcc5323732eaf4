/**
 * What one source has emitted: sends its events to its sink and keeps the account.
 *
 * O1. Every event given to it is counted once: as sent, or as unsent with its reason in the log and in the metrics.
 *     (An event of a source was acknowledged to nobody; being counted and logged is its one terminal outcome.)
 * O2. The sink is that of the newest route, also for events that were made under an older one.
 */
import type { CloudEvent, SourceRoute } from '@millrace/api';
import type { Counter, Labels } from '@millrace/runtime';
import type { SourcePorts, SourceView } from '../source.ts';
import type { EmitOutcome, UnsentOutcome } from './outcome.ts';

const sentMetric = 'millrace.source.sent';
const unsentMetric = 'millrace.source.unsent';

export class Outbox {
  readonly #ports: SourcePorts;
  readonly #labels: Labels;
  readonly #sentCounter: Counter;
  #route: SourceRoute;
  #sent = 0;
  #unsent = 0;
  #pending = 0;
  #lastError: string | undefined;
  #idle: (() => void)[] = [];

  constructor(route: SourceRoute, ports: SourcePorts) {
    this.#route = route;
    this.#ports = ports;
    this.#labels = { kind: route.kind, namespace: route.namespace, name: route.name };
    const about = { description: 'Events of a source that its sink took', unit: '{event}' };
    this.#sentCounter = ports.metrics.counter(sentMetric, about, this.#labels);
  }

  update(route: SourceRoute): void {
    this.#route = route;
  }

  /** Sends one event. Never rejects. `deadlineMs` bounds all attempts together. */
  async send(event: CloudEvent, deadlineMs?: number): Promise<EmitOutcome> {
    this.#pending++;
    const outcome = await this.#emit(event, deadlineMs);
    this.#pending--;
    if (outcome.kind === 'sent') {
      this.#sent++;
      this.#sentCounter.add(1);
    } else {
      this.#account(event, outcome); // O1
    }
    if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
    return outcome;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** What every source's view has; the source adds what is its own. */
  view(): Omit<SourceView, 'state'> {
    const { kind, namespace, name } = this.#route;
    return {
      kind,
      namespace,
      name,
      sent: this.#sent,
      unsent: this.#unsent,
      pending: this.#pending,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  #emit(event: CloudEvent, deadlineMs: number | undefined): Promise<EmitOutcome> {
    const { sinkUri, sinkCaCerts, sinkAudience, namespace } = this.#route; // O2
    if (sinkUri === undefined) {
      return Promise.resolve({ kind: 'no-sink', attempts: 0, reason: 'the sink of this source is not resolved yet' });
    }
    const sink = {
      url: sinkUri,
      ...(sinkCaCerts !== undefined && { caCerts: sinkCaCerts }),
      ...(sinkAudience !== undefined && { audience: sinkAudience }),
    };
    return this.#ports.emitter.emit({ sink, namespace, event, ...(deadlineMs !== undefined && { deadlineMs }) });
  }

  #account(event: CloudEvent, outcome: UnsentOutcome): void {
    this.#unsent++;
    this.#lastError = outcome.reason;
    const about = { description: 'Events of a source that no sink took, by reason', unit: '{event}' };
    this.#ports.metrics.counter(unsentMetric, about, { ...this.#labels, reason: outcome.kind }).add(1);
    this.#ports.logger.warn('event of a source was not sent', {
      ...this.#labels,
      sink: this.#route.sinkUri,
      id: event.attributes.id,
      outcome: outcome.kind,
      attempts: outcome.attempts,
      reason: outcome.reason,
    });
  }
}
