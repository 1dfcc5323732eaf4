/** The frame of a fault test: a trial, our processes on a log, and the end of both whatever happens. */
import { OurProcess } from './installation.ts';
import { manifestFor, Trial } from './trial.ts';

/** Runs with many more rounds than `pnpm test` has time for: `MILLRACE_FAULT_ROUNDS=20`. */
export const rounds = Number(process.env['MILLRACE_FAULT_ROUNDS'] ?? 1);
/** How long processes come and go: `MILLRACE_FAULT_SECONDS=180` is the long form. */
export const comingAndGoingMs = Number(process.env['MILLRACE_FAULT_SECONDS'] ?? 20) * 1_000;
/** Each recovery may take 30 s, and the end has its own waits. */
export const testMsMax = 180_000 + (rounds * 60_000 + comingAndGoingMs) * 4;

/** How much of what our processes said is repeated when a test fails. */
const saidMax = 6_000;

export interface World {
  readonly trial: Trial;
  readonly processes: readonly OurProcess[];
}

export interface FaultTestOptions {
  readonly name: string;
  /** For `--log`. */
  readonly log: string;
  /** How many of our processes share the log: one, unless said otherwise. All are up when the body begins. */
  readonly processes?: number;
}

export async function faultTest(options: FaultTestOptions, body: (world: World) => Promise<void>): Promise<void> {
  const processes: OurProcess[] = [];
  const trial = new Trial({ name: options.name, targets: () => processes.flatMap(({ targets }) => targets) });
  try {
    const manifest = manifestFor(await trial.sink.start());
    for (let n = 0; n < (options.processes ?? 1); n++) processes.push(new OurProcess(options.log, manifest));
    await startAll(processes);
    await trial.flow();
    await body({ trial, processes });
  } catch (error) {
    const said = processes.map((one, index) => `process ${index + 1} said:\n${one.said().slice(-saidMax)}`).join('\n');
    throw new Error(`${(error as Error).message}\n${said}`, { cause: error });
  } finally {
    await trial.traffic.stop();
    await Promise.all(processes.map((one) => one.remove()));
    await trial.sink.stop();
  }
}

async function startAll(processes: readonly OurProcess[]): Promise<void> {
  const [first, ...others] = processes;
  await first?.start();
  if (!first || others.length === 0) return;
  // The first one makes the objects; the others know them by the same UIDs.
  await first.end('SIGTERM');
  for (const other of others) other.adopt(first);
  await Promise.all(processes.map((one) => one.start()));
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
