/** `millrace tail`: what brokers and channels take and where it goes, live. */
import type { LocateFlags } from '../client/locate.ts';
import { placeNamed } from '../client/places.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { LiveView } from '../live/view.ts';
import type { LiveItem } from '../live/wire.ts';
import type { CommandModule } from '../program.ts';
import { parseOutput } from '../terminal/output.ts';
import { addNamespaceFlag, addServerFlags, clientOf } from './flags.ts';

interface TailFlags extends LocateFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly trigger?: string;
  readonly verbose?: boolean;
  readonly output?: string;
}

export const tail: CommandModule = {
  register(program, context, run) {
    const command = program
      .command('tail [broker]')
      .description('watch live what brokers and channels take and where it goes, until Ctrl-C')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('--trigger <name>', 'only events that this trigger or subscription takes')
      .option('-v, --verbose', 'every retry, and every trigger that did not match')
      .option('-o, --output <format>', 'json: one object a line')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace tail\n  millrace tail orders --trigger ship\n  millrace tail channel/steps\n  millrace tail -o json | jq .type\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(
      run((broker: string | undefined, flags: TailFlags) => runTail(context, broker, flags)),
    );
  },
};

async function runTail(context: CliContext, broker: string | undefined, flags: TailFlags): Promise<ExitCode> {
  const { io, clock } = context;
  const format = parseOutput(flags.output, ['table', 'json']);
  const search = new URLSearchParams();
  if (broker !== undefined) search.set('broker', placeNamed(broker, flags.namespace));
  else if (!flags.allNamespaces) search.set('namespace', flags.namespace);
  if (flags.trigger !== undefined) search.set('trigger', flags.trigger);
  const client = await clientOf(flags, io);
  const view = new LiveView({
    clock,
    colors: io.out.colors,
    symbols: io.out.isTTY,
    verbose: flags.verbose === true,
    ...(io.out.isTTY ? { columns: () => io.out.columns } : {}),
    write: (line) => io.out.write(`${line}\n`),
  });
  const ended = new AbortController();
  const onSignal = () => ended.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    for await (const line of client.lines(`/millrace/v1/tail?${search}`, ended.signal)) {
      if (format === 'json') io.out.write(`${line}\n`);
      else view.show(JSON.parse(line) as LiveItem);
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    view.end();
  }
  return exitCodes.ok;
}
