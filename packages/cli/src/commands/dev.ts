/** `millrace dev`: local mode. Everything it says goes to stderr; Ctrl-C drains. */
import { resolve } from 'node:path';
import {
  createJsonLogger,
  createLifecycle,
  createLineLogger,
  exitCodeOf,
  type Logger,
  type LogLevel,
  processSignals,
} from '@millrace/runtime';
import { bannerLines, readyLine } from '../banner/banner.ts';
import { dataDirOf, portOf } from '../client/locate.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodes, usageError } from '../exit.ts';
import { LiveView } from '../live/view.ts';
import type { CommandModule } from '../program.ts';
import { startLocalServer } from '../server/local-server.ts';
import type { PortWish } from '../server/ports.ts';
import type { Io } from '../terminal/io.ts';
import { plural, shortDuration, timeOfDay } from '../terminal/text.ts';
import { collect, countFlag, durationFlag } from './flags.ts';

export interface DevFlags {
  readonly filename?: readonly string[];
  readonly port?: string;
  readonly apiPort?: string;
  readonly host: string;
  readonly dataDir?: string;
  readonly log: string;
  readonly maxEventBytes?: string;
  readonly drain: string;
  readonly takeOver?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
  readonly logFormat: string;
}

const defaultPort = 8080;
const defaultApiPort = 8001;

export const dev: CommandModule = {
  register(program, context, run) {
    program
      .command('dev')
      .description('run brokers, triggers and sources on this machine, from manifest files')
      .option('-f, --filename <path>', 'manifest file or folder; watched; may be given again', collect)
      .option('--port <port>', `data port (default: ${defaultPort}, or the next free one; 0: any)`)
      .option(
        '--api-port <port>',
        `port of the resource API, health and metrics (default: ${defaultApiPort}, or the next free one)`,
      )
      .option('--host <host>', 'address to listen on; anything but loopback is open to the network', '127.0.0.1')
      .option('--data-dir <dir>', 'where events and objects are kept (default: .millrace)')
      .option('--log <kind>', 'where events are kept: local (durable) or memory', 'local')
      .option('--max-event-bytes <n>', 'largest event that is taken (default: 10485760)')
      .option('--drain <duration>', 'how long the end waits for deliveries under way', '20s')
      .option('--take-over', 'end another millrace on the same data directory first')
      .option('-q, --quiet', 'no live lines')
      .option('-v, --verbose', 'live lines with every retry and every trigger that did not match')
      .option('--log-level <level>', 'debug, info, warn or error', 'warn')
      .option('--log-format <format>', 'text or json', 'text')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  millrace dev -f manifests/\n' +
          '  millrace dev -f broker.yaml -f triggers/ --port 9000\n' +
          '  millrace dev --log memory --port 0 --api-port 0\n' +
          '\nWithout -f it runs what the data directory holds; with an empty one, the broker default.\n',
      )
      .action(run((flags: DevFlags) => runDev(context, flags)));
  },
};

async function runDev(context: CliContext, flags: DevFlags): Promise<ExitCode> {
  const { io, clock } = context;
  const startMs = clock.monotonic();
  const logger = await loggerOf(flags, io);
  const say = (line: string) => io.err.write(`${line}\n`);
  const lifecycle = createLifecycle({
    clock,
    signals: processSignals,
    logger,
    drainLimitMs: durationFlag(flags.drain, '--drain'),
    endNow: (signal) => process.exit(exitCodeOf(signal)),
  });
  const { colors, isTTY } = io.err;
  const view = new LiveView({ clock, colors, symbols: isTTY, verbose: flags.verbose === true, write: say });
  const starting = startLocalServer({
    ...serverOptions(context, flags),
    ports: { clock, random: context.random, logger },
    on: {
      consumerLine: (name, line) => say(`${colors.dim(`${name} |`)} ${line}`),
      change: (text) =>
        say(isTTY ? `${colors.dim(timeOfDay(clock.now()))}  ${colors.cyan('~')} ${text}` : `millrace: changed ${text}`),
      problem: (text) =>
        say(isTTY ? `${colors.dim(timeOfDay(clock.now()))}  ${colors.red('✗')} ${text}` : `millrace: error ${text}`),
      ...(flags.quiet ? {} : { live: (item) => view.show(item) }),
    },
  });
  lifecycle.onDrain({ name: 'end', run: async (limitMs) => (await starting).end(limitMs) });
  const server = await starting;
  const facts = {
    ...server.facts(),
    nodeVersion: process.versions.node,
    files: flags.filename ?? [],
    readyMs: clock.monotonic() - startMs,
  };
  for (const line of bannerLines(facts, { terminal: isTTY, colors })) say(line);
  say(readyLine(facts));
  lifecycle.ending.addEventListener('abort', () => {
    const { inFlight } = server.facts();
    say(
      isTTY
        ? `stopping: ${inFlight} in flight, waiting up to ${flags.drain} (again: stop now)`
        : `millrace: stopping in-flight=${inFlight}`,
    );
  });
  const { failures } = await lifecycle.ended;
  view.end();
  for (const { error } of failures) say(`millrace: not ended in order: ${error}`);
  const { eventsKept } = server.facts();
  const kept =
    flags.log === 'memory' ? 'nothing is kept (--log memory)' : `${plural(eventsKept, 'event')} kept; cursors saved`;
  say(
    isTTY
      ? `Stopped. ${kept}.`
      : `millrace: stopped events=${eventsKept} after=${shortDuration(clock.monotonic() - startMs)}`,
  );
  return failures.length === 0 ? exitCodes.ok : exitCodes.failed;
}

export function serverOptions(context: CliContext, flags: DevFlags) {
  const { io } = context;
  if (flags.log !== 'local' && flags.log !== 'memory') {
    throw usageError(`--log ${flags.log} is not known`, 'Use local (durable, in the data directory) or memory.');
  }
  return {
    files: (flags.filename ?? []).map((path) => resolve(io.cwd, path)),
    cwd: io.cwd,
    host: flags.host,
    port: wish(flags.port, '--port', defaultPort),
    apiPort: wish(flags.apiPort, '--api-port', defaultApiPort),
    dataDir: dataDirOf(flags, io),
    log: flags.log as 'local' | 'memory',
    takeOver: flags.takeOver === true,
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

async function loggerOf(flags: DevFlags, io: Io): Promise<Logger> {
  const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  const level = levels.find((one) => one === flags.logLevel);
  if (!level) throw usageError(`--log-level ${flags.logLevel} is not known`, `Use one of: ${levels.join(', ')}.`);
  if (flags.logFormat === 'json') return createJsonLogger(level, io.err);
  if (flags.logFormat !== 'text') throw usageError(`--log-format ${flags.logFormat} is not known`, 'Use text or json.');
  return createLineLogger(level, (line, one) =>
    io.err.write(`millrace: ${one === 'warn' ? 'warning' : one} ${line}\n`),
  );
}
