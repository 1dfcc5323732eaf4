/** The `millrace` command line: commands, their help, and how each way of ending becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { commands } from './commands/index.ts';
import type { CliContext } from './context.ts';
import { CliError, type ExitCode, exitCodes } from './exit.ts';
import { version } from './version.ts';

/** A command: adds itself to the program. `run` is given what commander parsed and says how it ended. */
export interface CommandModule {
  register(program: Command, context: CliContext, run: RunAction): void;
}

/** Wraps an action so that its exit code is kept. */
type RunAction = <Args extends unknown[]>(
  action: (...args: Args) => Promise<ExitCode>,
) => (...args: Args) => Promise<void>;

/** Runs one command line. Never rejects for what a user did; a bug is reported without a stack unless asked for. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const run: RunAction =
    (action) =>
    async (...args) => {
      exitCode = await action(...args);
    };
  const program = makeProgram(context, run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, context);
  }
}

function makeProgram(context: CliContext, run: RunAction): Command {
  const { io } = context;
  const program = new Command('millrace')
    .description('Knative Eventing on a durable log: brokers, triggers and sources, on a laptop and in a cluster.')
    .version(version, '-V, --version', 'print the version')
    .option('--color <when>', 'colour: auto, always or never', 'auto')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      getOutHelpWidth: () => Math.min(io.out.columns, 100),
    })
    .showHelpAfterError('Run with --help to see the flags and examples.')
    .addHelpText('after', programExamples);
  for (const command of commands) command.register(program, context, run);
  return program;
}

const programExamples = `
Examples:
  millrace dev -f manifests/                              run brokers, triggers and sources from files
  millrace send orders --type order.created --data '{}'   send an event to the broker orders
  millrace get triggers -o wide                           what is there, and whether it is ready
  millrace tail                                           watch where events go
  millrace explain 1205                                   why an event matched or not

Exit codes: 0 ok, 1 failed, 2 usage, 3 absent or no match, 4 unreachable, 5 timeout.
`;

function report(error: unknown, { io }: CliContext): ExitCode {
  // Commander printed its own message already; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { colors } = io.err;
  if (error instanceof CliError) {
    io.err.write(`${colors.red('millrace:')} ${error.message}\n`);
    if (error.hint) io.err.write(`  ${error.hint}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.err.write(`${colors.red('millrace:')} this is a fault of millrace, not of what you asked for: ${message}\n`);
  if (io.env['MILLRACE_DEBUG'] && error instanceof Error) io.err.write(`${error.stack}\n`);
  else io.err.write('  Run it again with MILLRACE_DEBUG=1 to see where it happened.\n');
  return exitCodes.failed;
}
