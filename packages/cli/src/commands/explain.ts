/** `millrace explain`: why an event matches a trigger or not, clause by clause. */
import type { CloudEvent, Resource } from '@millrace/api';
import type { ApiClient } from '../client/api.ts';
import type { LocateFlags } from '../client/locate.ts';
import { placeNamed } from '../client/places.ts';
import { collectionPath, findKindByWord } from '../client/resources.ts';
import { type EventQuery, storedEvents } from '../client/stored-events.ts';
import type { CliContext } from '../context.ts';
import { absent, type ExitCode, exitCodes, usageError } from '../exit.ts';
import { type Against, compareAgainst, describeComparison } from '../explaining/against.ts';
import { describeVerdicts, type Report, verdictsAsData } from '../explaining/report.ts';
import { brokerOf, type JudgedTrigger, judge, judgedTrigger } from '../explaining/verdicts.ts';
import type { CommandModule } from '../program.ts';
import { type EventFlags, parseEvents, readBytes, supplyOf } from '../sending/events.ts';
import { asJson, asYaml, parseOutput } from '../terminal/output.ts';
import { addNamespaceFlag, addServerFlags, clientOf, collect, countFlag } from './flags.ts';

interface ExplainFlags extends LocateFlags, EventFlags {
  readonly namespace: string;
  readonly broker?: string;
  readonly trigger?: string;
  readonly event?: string;
  readonly filename?: readonly string[];
  readonly against?: string;
  readonly output?: string;
}

export const explain: CommandModule = {
  register(program, context, run) {
    const command = program
      .command('explain [event]')
      .description('why an event matches triggers or not: a stored event by number or id, an event file, or attributes')
      .option(
        '--broker <name>',
        'only triggers of this broker, or subscriptions of channel/NAME (default: all of the namespace)',
      )
      .option('--trigger <name>', 'only this trigger or subscription')
      .option('--event <file>', 'a structured event to judge; - for standard input')
      .option('--type <type>', 'attribute type of an event to judge')
      .option('--source <uri>', 'attribute source')
      .option('--subject <subject>', 'attribute subject')
      .option('--id <id>', 'attribute id')
      .option('-e, --extension <name=value>', 'an extension attribute; may be given again', collect)
      .option('-f, --filename <path>', 'take triggers from this file or folder instead of the server', collect)
      .option('--against <last:N>', 'with -f: judge the last N stored events, and say what would change')
      .option('-o, --output <format>', 'json or yaml')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  millrace explain 1205\n' +
          '  millrace explain --trigger ship --type order.created -e region=eu\n' +
          '  millrace explain --trigger ship --event order.json\n' +
          '  millrace explain -f ship.yaml --against last:500\n' +
          '\nExit code 3: no trigger matches.\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(
      run((event: string | undefined, flags: ExplainFlags) => runExplain(context, event, flags)),
    );
  },
};

async function runExplain(context: CliContext, event: string | undefined, flags: ExplainFlags): Promise<ExitCode> {
  const format = parseOutput(flags.output, ['table', 'json', 'yaml']);
  if (flags.against !== undefined) return runAgainst(context, flags, format);
  const given = [event, flags.event, flags.type, flags.source, flags.extension, flags.subject];
  if (given.every((one) => one === undefined)) {
    throw usageError(
      'name an event to explain',
      'A number or id of a stored event, --event FILE, or attributes such as --type.',
    );
  }
  const triggers = await triggersOf(context, flags);
  const subjects = await eventsToJudge(context, event, flags);
  const { io } = context;
  const reports = subjects.map((subject) => ({
    ...subject,
    verdicts: triggers
      .filter(({ broker }) => subject.broker === undefined || broker === subject.broker)
      .map(({ judged }) => judge(judged, subject.event)),
  }));
  if (format === 'table') {
    const width = io.out.isTTY ? io.out.columns : undefined;
    io.out.write(reports.map((one) => describeVerdicts(one, io.out.colors, width)).join('\n'));
  } else {
    const data = reports.map(verdictsAsData);
    io.out.write((format === 'json' ? asJson : asYaml)(data.length === 1 ? data[0] : data));
  }
  const matched = reports.some(({ verdicts }) => verdicts.some(({ matches }) => matches));
  return matched ? exitCodes.ok : exitCodes.absent;
}

interface Candidate {
  readonly broker: string;
  readonly judged: JudgedTrigger;
}

/** Triggers of the server, or of files that are not applied yet. */
async function triggersOf(context: CliContext, flags: ExplainFlags): Promise<readonly Candidate[]> {
  const resources = flags.filename
    ? await (await import('../server/manifest-files.ts')).triggersOfFiles(
        flags.filename,
        context.io.cwd,
        flags.namespace,
      )
    : await appliedTriggers(await clientOf(flags, context.io), flags.namespace);
  const wantedBroker = flags.broker && placeNamed(flags.broker, flags.namespace);
  const found = resources
    .filter(({ metadata }) => flags.trigger === undefined || metadata.name === flags.trigger)
    .map((resource) => ({ broker: brokerOf(resource), judged: judgedTrigger(resource) }))
    .filter(({ broker }) => !wantedBroker || broker === wantedBroker);
  if (found.length > 0) return found;
  const where = flags.filename ? flags.filename.join(', ') : `namespace ${flags.namespace}`;
  throw absent(
    flags.trigger ? `there is no trigger ${flags.trigger} in ${where}` : `there are no triggers in ${where}`,
  );
}

async function appliedTriggers(client: ApiClient, namespace: string): Promise<readonly Resource[]> {
  const lists = await Promise.all(
    ['trigger', 'subscription'].map((word) =>
      client.getJson<{ items: readonly Resource[] }>(collectionPath(findKindByWord(word), namespace)),
    ),
  );
  return lists.flatMap(({ items }) => items);
}

interface Subject {
  readonly title: string;
  readonly broker?: string;
  readonly event: CloudEvent;
  readonly stored?: NonNullable<Report['stored']>;
}

async function eventsToJudge(
  context: CliContext,
  event: string | undefined,
  flags: ExplainFlags,
): Promise<readonly Subject[]> {
  if (flags.event !== undefined) {
    const events = parseEvents(await readBytes(flags.event, context), flags.event);
    return events.map((one) => ({ title: `${one.attributes['type']} from ${flags.event}`, event: one }));
  }
  if (event === undefined) {
    const made = (await supplyOf(flags, context)).make(0);
    return [{ title: `${made.attributes['type']} from ${made.attributes['source']}`, event: made }];
  }
  const number = /^#?(\d+)$/.exec(event);
  const broker = flags.broker === undefined ? {} : { broker: placeNamed(flags.broker, flags.namespace) };
  const query: EventQuery = number ? { ...broker, offset: Number(number[1]) } : { ...broker, id: event };
  const { events, scan } = await storedEvents(await clientOf(flags, context.io), query);
  if (events.length === 0) throw absent(`no stored event ${event} (looked at ${scan.scanned} of ${scan.kept} events)`);
  return events.map((stored) => ({
    title: `#${stored.offset} ${stored.event.attributes['type']} from ${stored.event.attributes['source']}, received ${stored.time} on ${stored.broker}`,
    broker: stored.broker,
    event: stored.event,
    stored: { broker: stored.broker, partition: stored.partition, offset: stored.offset, time: stored.time },
  }));
}

async function runAgainst(
  context: CliContext,
  flags: ExplainFlags,
  format: 'table' | 'json' | 'yaml' | 'wide' | 'name',
): Promise<ExitCode> {
  const match = /^last:(\d+)$/.exec(flags.against ?? '');
  if (!match?.[1] || !flags.filename)
    throw usageError(
      '--against takes last:N together with -f FILE',
      'Example: millrace explain -f ship.yaml --against last:500',
    );
  const last = countFlag(match[1], '--against last:', 1, 1_000_000);
  const candidates = await triggersOf(context, flags);
  const client = await clientOf(flags, context.io);
  const applied = await appliedTriggers(client, flags.namespace);
  const results: Against[] = [];
  for (const { broker, judged } of candidates) {
    const { events, scan } = await storedEvents(client, { broker, last });
    const before = applied.find(({ metadata }) => metadata.name === judged.name);
    results.push(compareAgainst(judged, before && judgedTrigger(before), events, scan));
  }
  const { io } = context;
  io.out.write(
    format === 'table'
      ? results.map((one) => describeComparison(one, io.out.columns)).join('\n')
      : (format === 'json' ? asJson : asYaml)(results),
  );
  return results.some(({ matched }) => matched > 0) ? exitCodes.ok : exitCodes.absent;
}
