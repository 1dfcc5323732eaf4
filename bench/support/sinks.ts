/** The sink process and the load generator as their callers see them. */
import { join } from 'node:path';
import type { LoadOptions, LoadReport } from '../processes/load.ts';
import type { Behaviour, SinkReport } from '../processes/sink.ts';
import { startListener, startProgram } from './child.ts';

const programs = join(import.meta.dirname, '..', 'processes');

interface SinkPlan {
  /** As the generator is told: only events of this run are counted. */
  readonly run: string;
  readonly events: number;
  /** Events before this one are counted and not measured. */
  readonly first?: number;
  /** How many events fall into a window. */
  readonly window?: number;
}

export interface SinkProcess {
  readonly url: string;
  begin(plan: SinkPlan): Promise<void>;
  behave(behaviour: Behaviour): Promise<void>;
  report(): Promise<SinkReport>;
  stop(): Promise<void>;
}

export async function startSink(behaviour: Behaviour): Promise<SinkProcess> {
  const child = await startListener(join(programs, 'sink.ts'), { behaviour });
  const call = async (method: string, path: string) => {
    const response = await fetch(`${child.url}/control/${path}`, { method });
    if (!response.ok) throw new Error(`the sink answered ${response.status} to ${path}`);
    return response.json();
  };
  return {
    url: child.url,
    begin: ({ run, events, first = 0, window = events }) =>
      call('POST', `begin?run=${run}&events=${events}&first=${first}&window=${window}`) as Promise<void>,
    behave: (as) => call('POST', `behave?as=${as}`) as Promise<void>,
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
