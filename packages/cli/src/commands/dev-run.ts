/** `millrace dev` as it runs: the server, what is said about it, and its end. */
import { resolve } from 'node:path';
import type { LogLevel } from '@millrace/runtime';
import { jsonScreen, type Screen, textScreen } from '../banner/screen.ts';
import { dataDirOf, portOf } from '../client/locate.ts';
import type { CliContext } from '../context.ts';
import { CliError, type ExitCode, exitCodes, usageError } from '../exit.ts';
import { endAtOnce, serverLifecycle, takeOverQuestion } from '../server/lifecycle.ts';
import { startLocalServer } from '../server/local-server.ts';
import { parseLog } from '../server/log-choice.ts';
import { checkPathsExist, shownPath } from '../server/manifest-files.ts';
import type { PortWish } from '../server/ports.ts';
import { workersMax } from '../server/workers/limits.ts';
import type { Io } from '../terminal/io.ts';
import { version } from '../version.ts';
import { type DevFlags, defaultApiPort, defaultPort } from './dev-flags.ts';
import { countFlag, durationFlag } from './flags.ts';

export async function runDev(context: CliContext, flags: DevFlags): Promise<ExitCode> {
  const screen = await screenOf(flags, context);
  try {
    return await serve(context, flags, screen);
  } catch (error) {
    if (error instanceof CliError && screen.failed(error)) return error.exitCode;
    throw error;
  }
}

async function serve(context: CliContext, flags: DevFlags, screen: Screen): Promise<ExitCode> {
  const { clock } = context;
  const startMs = clock.monotonic();
  const options = serverOptions(context, flags);
  checkPathsExist(options.files, context.io.cwd);
  const lifecycle = serverLifecycle(context, durationFlag(flags.drain, '--drain'), screen.logger);
  screen.starting({ version, nodeVersion: process.versions.node });
  const server = await lifecycle.run((ending) =>
    startLocalServer({
      ...options,
      askTakeOver: takeOverQuestion(context.io, ending),
      ports: { clock, random: context.random, logger: screen.logger },
      on: {
        consumerLine: screen.consumerLine,
        change: screen.change,
        problem: screen.problem,
        died: (text) => {
          screen.endLive();
          endAtOnce(context.io)(text);
        },
        ...(flags.quiet ? {} : { live: screen.live }),
      },
    }),
  );
  if (!lifecycle.ending.aborted) {
    screen.ready({
      ...server.facts(),
      ...factsForPeople(context.io, flags, options.dataDir),
      readyMs: clock.monotonic() - startMs,
    });
    lifecycle.ending.addEventListener('abort', () => screen.stopping(server.facts().inFlight, flags.drain));
  }
  const { failures } = await lifecycle.ended;
  screen.endLive();
  const { eventsKept, handedBack } = server.facts();
  screen.stopped({
    eventsKept,
    handedBack,
    durable: flags.log !== 'memory',
    ranMs: clock.monotonic() - startMs,
    failures: failures.map(({ error }) => error),
  });
  return failures.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** A person reads a path from where the command runs; a script gets it whole. */
const factsForPeople = ({ cwd, err }: Io, flags: DevFlags, dataDir: string) => ({
  nodeVersion: process.versions.node,
  files: flags.filename ?? [],
  dataDir: err.isTTY ? shownPath(cwd)(dataDir) : dataDir,
});

export function serverOptions(context: CliContext, flags: DevFlags) {
  const { io } = context;
  return {
    files: (flags.filename ?? []).map((path) => resolve(io.cwd, path)),
    cwd: io.cwd,
    host: flags.host,
    port: wish(flags.port, '--port', defaultPort),
    apiPort: wish(flags.apiPort, '--api-port', defaultApiPort),
    dataDir: dataDirOf(flags, io),
    log: parseLog(flags.log, io.env),
    takeOver: flags.takeOver === true,
    workers: countFlag(flags.workers, '--workers', 0, workersMax),
    ...(flags.maxEventBytes === undefined
      ? {}
      : { eventBytesMax: countFlag(flags.maxEventBytes, '--max-event-bytes', 1, 1_073_741_824) }),
  };
}

function wish(flag: string | undefined, name: string, fallback: number): PortWish {
  return flag === undefined
    ? { port: fallback, explicit: false, flag: name }
    : { port: portOf(flag, name), explicit: true, flag: name };
}

async function screenOf(flags: DevFlags, { io, clock }: CliContext): Promise<Screen> {
  const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  const logLevel = levels.find((one) => one === flags.logLevel);
  if (!logLevel) throw usageError(`--log-level ${flags.logLevel} is not known`, `Use one of: ${levels.join(', ')}.`);
  if (flags.logFormat !== 'text' && flags.logFormat !== 'json')
    throw usageError(`--log-format ${flags.logFormat} is not known`, 'Use text or json.');
  const options = { stream: io.err, clock, verbose: flags.verbose === true, logLevel };
  return flags.logFormat === 'json' ? jsonScreen(options) : textScreen(options);
}
