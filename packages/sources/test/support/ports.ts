/** Ports for sources in a test: a virtual clock, seeded randomness, and an emitter that records at its boundary. */
import type { CloudEvent } from '@millrace/api';
import { type LogFields, type Logger, MetricsRegistry } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import type { Emission, EmitOutcome, Emitter } from '../../src/emit/index.ts';
import type { SourcePorts } from '../../src/source.ts';

interface Recorded extends Emission {
  readonly atMs: number;
}

/** The emitter's contract with outcomes by script; events under way can be held until `release`. */
class ScriptedEmitter implements Emitter {
  readonly emissions: Recorded[] = [];
  readonly #clock: VirtualClock;
  readonly #held: (() => void)[] = [];
  outcome: EmitOutcome = { kind: 'sent', statusCode: 202, attempts: 1 };
  hold = false;
  closed = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#held.length;
  }

  emit(emission: Emission): Promise<EmitOutcome> {
    this.emissions.push({ ...emission, atMs: this.#clock.now() });
    const { outcome } = this;
    if (!this.hold) return Promise.resolve(outcome);
    return new Promise((resolve) => this.#held.push(() => resolve(outcome)));
  }

  release(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async close(): Promise<number> {
    this.closed = true;
    const left = this.#held.length;
    this.release();
    return left;
  }

  get events(): CloudEvent[] {
    return this.emissions.map(({ event }) => event);
  }

  /** When events were emitted, as ISO text. */
  get times(): string[] {
    return this.emissions.map(({ atMs }) => new Date(atMs).toISOString());
  }
}

export interface TestPorts extends SourcePorts {
  readonly clock: VirtualClock;
  readonly emitter: ScriptedEmitter;
  readonly metrics: MetricsRegistry;
  readonly logs: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[];
}

export function testPorts(startIso = '2026-01-01T00:00:00.000Z', seed = 1): TestPorts {
  const clock = new VirtualClock(Date.parse(startIso));
  const logs: TestPorts['logs'] = [];
  const at =
    (level: string) =>
    (message: string, fields?: LogFields): void =>
      void logs.push({ level, message, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const random = new SeededRandom(seed);
  return { clock, random, logger, metrics: new MetricsRegistry(), emitter: new ScriptedEmitter(clock), logs };
}

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('utf8');
}
