/** `millrace dead-letters`: the events that nobody could take, and why. They are kept until somebody decides. */
import { decodeHttp } from '@millrace/api';
import type { DeadLetterLine } from '../client/dead-letters.ts';
import type { LocateFlags } from '../client/locate.ts';
import type { CliContext } from '../context.ts';
import { absent, type ExitCode, exitCodes } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { asJson, asYaml, parseOutput } from '../terminal/output.ts';
import { renderTable } from '../terminal/table.ts';
import { shortDuration } from '../terminal/text.ts';
import { addNamespaceFlag, addServerFlags, clientOf, countFlag } from './flags.ts';

interface DeadLettersFlags extends LocateFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly trigger?: string;
  readonly last?: string;
  readonly output?: string;
}

const lastMax = 1_000_000;

export const deadLetters: CommandModule = {
  register(program, context, run) {
    const command = program
      .command('dead-letters')
      .description('list the events that no subscriber and no dead letter sink could take')
      .option('-A, --all-namespaces', 'of triggers and subscriptions of all namespaces')
      .option('--trigger <name>', 'only those of this trigger or subscription')
      .option('--last <n>', 'only the newest so many')
      .option('-o, --output <format>', 'json or yaml: with the whole event and the last answer')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace dead-letters\n  millrace dead-letters --trigger ship --last 5 -o yaml\n\nExit code 3: there are none.\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(run((flags: DeadLettersFlags) => list(context, flags)));
  },
};

async function list(context: CliContext, flags: DeadLettersFlags): Promise<ExitCode> {
  const { io, clock } = context;
  const format = parseOutput(flags.output, ['table', 'json', 'yaml']);
  const search = new URLSearchParams();
  if (!flags.allNamespaces) search.set('namespace', flags.namespace);
  if (flags.trigger !== undefined) search.set('trigger', flags.trigger);
  if (flags.last !== undefined) search.set('last', String(countFlag(flags.last, '--last', 1, lastMax)));
  const letters: DeadLetterLine[] = [];
  for await (const line of (await clientOf(flags, io)).lines(`/millrace/v1/dead-letters?${search}`)) {
    letters.push(JSON.parse(line) as DeadLetterLine);
  }
  if (format !== 'table') io.out.write((format === 'json' ? asJson : asYaml)(letters));
  else if (letters.length > 0) {
    const rows = letters.map((letter) => rowOf(letter, clock.now()));
    const width = io.out.isTTY ? { width: io.out.columns } : {};
    io.out.write(
      renderTable({
        headers: ['ID', 'AGE', 'TRIGGER', 'EVENT', 'TYPE', 'ATTEMPTS', 'ERROR'],
        rows,
        right: [0, 5],
        gap: 2,
        ...width,
      }),
    );
  }
  if (letters.length === 0) throw absent('there are no dead letters');
  return exitCodes.ok;
}

function rowOf(letter: DeadLetterLine, nowMs: number): readonly string[] {
  const decoded = decodeHttp({ 'content-type': 'application/cloudevents+json' }, Buffer.from(letter.event));
  const type = decoded.kind === 'event' ? (decoded.event.attributes['type'] ?? '') : '';
  const age = shortDuration(Math.max(0, nowMs - Date.parse(letter.lastFailure)));
  return [String(letter.id), age, letter.trigger, `#${letter.offset}`, type, String(letter.attempts), letter.error];
}
