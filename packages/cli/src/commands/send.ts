/** `millrace send`: one event, a file of them, a count, a rate, in any content mode. */
import type { Resource } from '@millrace/api';
import type { LocateFlags } from '../client/locate.ts';
import { parseTarget, pathOf } from '../client/resources.ts';
import type { CliContext } from '../context.ts';
import { absent, type ExitCode, exitCodes, failed, unreachable, usageError } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { type EventFlags, supplyOf } from '../sending/events.ts';
import { type SendMode, type SendPlan, type SendResult, sendEvents } from '../sending/sender.ts';
import { asJson, asYaml, parseOutput } from '../terminal/output.ts';
import { progressLine } from '../terminal/progress.ts';
import { plural, shortDuration, thousands } from '../terminal/text.ts';
import { addNamespaceFlag, addServerFlags, clientOf, collect, countFlag } from './flags.ts';

interface SendFlags extends EventFlags, LocateFlags {
  readonly broker?: string;
  readonly namespace: string;
  readonly url?: string;
  readonly mode: string;
  readonly count?: string;
  readonly rate?: string;
  readonly concurrency: string;
  readonly batchSize: string;
  readonly output?: string;
}

/** More than this from one command is a load test; `bench/` does those. */
const countMax = 100_000_000;

export const send: CommandModule = {
  register(program, context, run) {
    const command = program
      .command('send [broker]')
      .description('send events to a broker; prints the id of an event that was accepted')
      .option('--broker <name>', 'the broker, as an alternative to the argument (default: default)')
      .option('--url <url>', 'send to this address instead of to a broker by name')
      .option('--type <type>', 'attribute type')
      .option('--source <uri>', 'attribute source')
      .option('--id <id>', 'attribute id (default: a new one each)')
      .option('--subject <subject>', 'attribute subject')
      .option('--data <text>', 'the data; @file reads it from a file, - from standard input')
      .option('--data-base64 <text>', 'the data, base64')
      .option(
        '--content-type <type>',
        'media type of the data (default: application/json when it is JSON, else text/plain)',
      )
      .option('-e, --extension <name=value>', 'an extension attribute; may be given again', collect)
      .option('-f, --file <file>', 'structured events: one, a JSON array, or one a line; - for standard input')
      .option('--mode <mode>', 'content mode: binary, structured or batch', 'binary')
      .option('--count <n>', 'how many to send (default: 1, or all of the file)')
      .option('--rate <n>', 'events per second, at most')
      .option('--concurrency <n>', 'requests under way at once', '16')
      .option('--batch-size <n>', 'events in one request of batch mode', '100')
      .option('-o, --output <format>', 'json or yaml')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  millrace send --type order.created --data \'{"id":1}\'\n' +
          '  millrace send shop/orders --type order.paid --data @order.json -e region=eu\n' +
          '  millrace send --file events.ndjson --mode structured\n' +
          '  millrace send --type tick --count 10000 --rate 500\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(
      run((broker: string | undefined, flags: SendFlags) => runSend(context, broker, flags)),
    );
  },
};

async function runSend(context: CliContext, broker: string | undefined, flags: SendFlags): Promise<ExitCode> {
  const { io, clock } = context;
  const format = parseOutput(flags.output, ['table', 'json', 'yaml']);
  const mode = modeOf(flags.mode);
  const rate = flags.rate === undefined ? undefined : countFlag(flags.rate, '--rate', 1, 1_000_000);
  const concurrency = countFlag(flags.concurrency, '--concurrency', 1, 1024);
  const batchSize = countFlag(flags.batchSize, '--batch-size', 1, 10_000);
  const wanted = flags.count === undefined ? undefined : countFlag(flags.count, '--count', 1, countMax);
  const supply = await supplyOf(flags, context);
  const count = wanted ?? supply.count;
  const url = flags.url ?? (await brokerUrl(context, broker ?? flags.broker, flags));
  if (!URL.canParse(url)) throw usageError(`--url ${url} is not a URL`);
  const plan: SendPlan = {
    url,
    mode,
    count,
    concurrency,
    batchSize,
    make: supply.make,
    ...(rate ? { ratePerSecond: rate } : {}),
  };
  const progress = progressLine(io.err, clock, (done: number) => `sent ${thousands(done)} of ${thousands(count)}`);
  const result = await sendEvents(plan, clock, progress.update);
  progress.end();
  if (result.unreachable) throw unreachable(`no answer from ${url}: ${result.firstRefusal}`);
  if (format !== 'table') io.out.write((format === 'json' ? asJson : asYaml)({ url, count, ...result }));
  else if (count === 1 && result.accepted === 1) io.out.write(`${supply.make(0).attributes['id']}\n`);
  else if (result.accepted > 0 || count > 1) io.out.write(`${summary(result, count)}\n`);
  if (result.accepted < count)
    throw failed(`${plural(count - result.accepted, 'event')} not accepted: ${result.firstRefusal}`);
  return exitCodes.ok;
}

function modeOf(value: string): SendMode {
  if (value === 'binary' || value === 'structured' || value === 'batch') return value;
  throw usageError(`--mode ${value} is not a content mode`, 'Use binary, structured or batch.');
}

async function brokerUrl(context: CliContext, name: string | undefined, flags: SendFlags): Promise<string> {
  const [namespace, plain] =
    name?.includes('/') && !name.startsWith('broker/') ? name.split('/', 2) : [flags.namespace, name];
  const target = parseTarget(plain ?? 'default', namespace ?? flags.namespace, 'broker');
  const resource = await (await clientOf(flags, context.io)).getJson<Resource>(pathOf(target));
  const url = resource.status?.address?.url;
  if (!url)
    throw absent(
      `broker ${target.namespace}/${target.name} has no address yet`,
      'See `millrace get brokers` for why it is not ready.',
    );
  return url;
}

function summary(result: SendResult, count: number): string {
  const perSecond = result.elapsedMs > 0 ? (result.accepted / result.elapsedMs) * 1000 : 0;
  const refused = Object.entries(result.rejected).map(([reason, n]) => `${thousands(n)} refused with ${reason}`);
  return [
    `${thousands(result.accepted)} of ${thousands(count)} accepted in ${shortDuration(result.elapsedMs)} (${thousands(Math.round(perSecond))}/s)`,
    ...refused,
  ].join(', ');
}
