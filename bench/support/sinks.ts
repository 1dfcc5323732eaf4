/** Sinks and the generator as seen by a scenario. */
import { join } from 'node:path';
import type { LoadOptions, LoadReport } from '../processes/load.ts';
import type { Behaviour, SinkProgress, SinkReport } from '../processes/sink.ts';
import { startListener, startProgram } from './child.ts';

const programs = join(import.meta.dirname, '..', 'processes');

interface SinkPlan {
  /** As the generator is told: only events of this run are counted. */
  readonly run: string;
  readonly events: number;
  /** Subscribers that must get each event. */
  readonly targets?: number;
  /** Events before this one are counted and not measured. */
  readonly first?: number;
  /** How many events fall into a window. */
  readonly window?: number;
}

export interface SinkProcess {
  readonly pid: number;
  readonly url: string;
  begin(plan: SinkPlan): Promise<void>;
  /** `delayMs`: how long each 204 takes. */
  behave(behaviour: Behaviour, delayMs?: number): Promise<void>;
  progress(): Promise<SinkProgress>;
  report(): Promise<SinkReport>;
  stop(): Promise<void>;
}

export async function startSink(behaviour: Behaviour = 'take'): Promise<SinkProcess> {
  const child = await startListener(join(programs, 'sink.ts'), { behaviour });
  const call = async (method: string, path: string) => {
    const response = await fetch(`${child.controlUrl}/${path}`, { method });
    if (!response.ok) throw new Error(`the sink answered ${response.status} to ${path}`);
    return response.json();
  };
  return {
    pid: child.pid,
    url: child.url,
    begin: ({ run, events, targets = 1, first = 0, window = events }) =>
      call(
        'POST',
        `begin?run=${run}&events=${events}&targets=${targets}&first=${first}&window=${window}`,
      ) as Promise<void>,
    behave: (as, delayMs = 0) => call('POST', `behave?as=${as}&delay=${delayMs}`) as Promise<void>,
    progress: () => call('GET', 'progress') as Promise<SinkProgress>,
    report: () => call('GET', 'report') as Promise<SinkReport>,
    stop: child.stop,
  };
}

/** Runs the generator to its end. */
export async function generate(options: LoadOptions, timeoutMs: number): Promise<LoadReport> {
  const child = startProgram(join(programs, 'load.ts'), options);
  try {
    return (await child.line(timeoutMs)) as LoadReport;
  } finally {
    await child.stop();
  }
}
