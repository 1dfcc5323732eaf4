/** `millrace start` as it runs: the example's server, the demonstration on it, and its outcome. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { textScreen } from '../banner/screen.ts';
import type { CliContext } from '../context.ts';
import {
  type DemonstrationProgress,
  Latencies,
  runDemonstration,
  type TriggerReading,
} from '../demonstration/index.ts';
import { absent, type ExitCode, exitCodes } from '../exit.ts';
import { endAtOnce, serverLifecycle, takeOverQuestion } from '../server/lifecycle.ts';
import { type LocalServer, startLocalServer } from '../server/local-server.ts';
import { progressLine } from '../terminal/progress.ts';
import { shortDuration } from '../terminal/text.ts';
import { version } from '../version.ts';
import type { DevFlags } from './dev-flags.ts';
import { serverOptions } from './dev-run.ts';

export interface StartFlags extends Pick<DevFlags, 'port' | 'apiPort' | 'dataDir' | 'log' | 'workers' | 'takeOver'> {
  readonly exit?: boolean;
}

const example = 'examples/github';
const sourcePath = '/github/default/webhooks';
const drainMs = 20_000;

export async function runStart(context: CliContext, flags: StartFlags): Promise<ExitCode> {
  const { io, clock } = context;
  const startMs = clock.monotonic();
  const folder = resolve(io.cwd, example);
  if (!existsSync(folder))
    throw absent(
      `there is no ${example} here`,
      'The demonstration runs in a clone of the repository; elsewhere use `millrace dev`.',
    );
  const { isTTY } = io.err;
  const options = serverOptions(context, devFlags(flags));
  // A new folder for every start, so that an earlier run's records are not taken for this one's.
  const recordsDir = join(options.dataDir, 'records', `run-${context.random.uuid()}`);
  const screen = textScreen({ stream: io.err, clock, verbose: false, logLevel: 'error' });
  const lifecycle = serverLifecycle(context, drainMs);
  let live = false;
  let over = false;
  screen.starting({ version, nodeVersion: process.versions.node });
  const server = await lifecycle.run((ending) =>
    startLocalServer({
      ...options,
      files: [join(folder, 'manifests')],
      consumerEnv: { MILLRACE_RECORDS: recordsDir },
      askTakeOver: takeOverQuestion(io, ending),
      ports: { clock, random: context.random, logger: screen.logger },
      on: {
        consumerLine: screen.consumerLine,
        change: screen.change,
        problem: screen.problem,
        died: endAtOnce(io),
        live: (item) => {
          if (live) screen.live(item);
        },
      },
    }),
  );
  const readyMs = clock.monotonic() - startMs;
  screen.ready({ ...server.facts(), nodeVersion: process.versions.node, files: [example], readyMs });
  lifecycle.ending.addEventListener('abort', () => {
    if (!over) screen.stopping(server.facts().inFlight, shortDuration(drainMs));
  });
  const ok = await demonstrate(context, server, recordsDir, join(folder, 'manifests'), lifecycle.ending);
  if (isTTY && !flags.exit && !lifecycle.ending.aborted) {
    live = true;
    for (const line of nextLines(server)) io.err.write(`${line}\n`);
  } else {
    over = !lifecycle.ending.aborted;
    lifecycle.end('the demonstration is over');
  }
  const { failures } = await lifecycle.ended;
  if (!over) {
    screen.endLive();
    const { eventsKept, handedBack } = server.facts();
    const ranMs = clock.monotonic() - startMs;
    screen.stopped({ eventsKept, handedBack, durable: true, ranMs, failures: failures.map(({ error }) => error) });
  }
  return ok ? exitCodes.ok : exitCodes.failed;
}

/** Runs it and prints its outcome: data on stdout. True when the sums agree. */
async function demonstrate(
  context: CliContext,
  server: LocalServer,
  recordsDir: string,
  manifests: string,
  ending: AbortSignal,
): Promise<boolean> {
  const { io, clock, random } = context;
  const latencies = new Latencies();
  const { dispatcher } = server.parts.dataPlane;
  const names = () =>
    new Map(
      server.parts.dataPlane
        .table()
        .logs.flatMap(({ subscriptions }) => subscriptions.map(({ uid, name }) => [uid, name] as const)),
    );
  const known = names();
  const stopListening = dispatcher.onFlow((event) => {
    if (event.kind !== 'settled' || event.terminal.kind !== 'delivered') return;
    latencies.record(known.get(event.subscription) ?? '', event.terminal.latencyMs);
  });
  const progress = progressLine(
    io.err,
    clock,
    (state: DemonstrationProgress) => `${state.phase} ${state.done} of ${state.total}`,
  );
  const result = await runDemonstration({
    clock,
    random,
    sourceUrl: server.dataUrl + sourcePath,
    secret: secretOf(manifests),
    recordsDir,
    readTriggers: async () => readTriggers(server, names(), latencies),
    progress: progress.update,
    ending,
  });
  progress.end();
  stopListening();
  if (ending.aborted) {
    io.err.write('millrace: the demonstration was stopped before its end; what it took is kept\n');
    return false;
  }
  if (io.err.isTTY) io.err.write('\n');
  io.out.write(`${result.table}\n`);
  for (const note of result.notes) io.out.write(`${note}\n`);
  for (const problem of result.problems) io.out.write(`${io.out.colors.red('✗')} ${problem}\n`);
  io.out.write(`${result.summary}\n`);
  return result.ok;
}

function readTriggers(
  server: LocalServer,
  names: ReadonlyMap<string, string>,
  latencies: Latencies,
): readonly TriggerReading[] {
  return server.parts.dataPlane.dispatcher.views().map((view) => {
    const trigger = names.get(view.subscription) ?? view.subscription;
    const p50Ms = latencies.quantile(trigger, 0.5);
    const p99Ms = latencies.quantile(trigger, 0.99);
    const { matched, delivered, retried, deadLettered } = view;
    return {
      trigger,
      matched,
      delivered,
      retried,
      deadLettered,
      unsettled: view.inFlight + view.retrying + (view.state === 'detached' ? 1 : 0),
      ...(p50Ms === undefined ? {} : { p50Ms }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
    };
  });
}

/** The Secret that signs webhooks stands in the example's own manifests. */
function secretOf(manifests: string): string {
  const text = readFileSync(join(manifests, '20-sources.yaml'), 'utf8');
  const secret = text
    .split(/^---$/m)
    .map((document) => parse(document) as { kind?: string; stringData?: Record<string, string> } | null)
    .find((document) => document?.kind === 'Secret');
  const value = secret?.stringData?.['secretToken'];
  if (value === undefined) throw absent(`${manifests}/20-sources.yaml holds no Secret with secretToken`);
  return value;
}

function nextLines(server: LocalServer): readonly string[] {
  return [
    '',
    'It stays up: Ctrl-C ends it, and what it keeps is there at the next start. In another terminal try:',
    '  pnpm millrace get triggers -o wide        where each trigger stands',
    '  pnpm millrace tail                        what is taken and where it goes',
    '  pnpm millrace explain --type dev.knative.source.github.issues -e action=opened',
    `  curl ${server.apiUrl}/metrics`,
    '',
  ];
}

function devFlags(flags: StartFlags): DevFlags {
  return { ...flags, host: '127.0.0.1', drain: '20s', logLevel: 'error', logFormat: 'text' };
}
