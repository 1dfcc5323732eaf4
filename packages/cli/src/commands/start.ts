/** `millrace start`: local mode on the GitHub example, every payload through it, and the sums. Runs in a clone. */
import type { CommandModule } from '../program.ts';
import type { StartFlags } from './start-run.ts';

export const start: CommandModule = {
  register(program, context, run) {
    program
      .command('start')
      .description('the demonstration: GitHub webhooks through a source, a broker and triggers; runs in a clone')
      .option('--port <port>', 'data port (default: 8080, or the next free one)')
      .option('--api-port <port>', 'API port (default: 8001, or the next free one)')
      .option('--data-dir <dir>', 'where events and objects are kept (default: .millrace)')
      .option('--log <kind>', 'where events are kept: local, memory, kafka://HOST:PORT or nats://HOST:PORT', 'local')
      .option('--workers <n>', 'threads that take in and deliver, up to 16; 0: one thread does everything', '0')
      .option('--take-over', 'end another millrace on the same data directory first')
      .option('--exit', 'end after the sums, also on a terminal')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace start\n  millrace start --exit\n\nExit code 0 only if what came out is what must come out.\n',
      )
      .action(run(async (flags: StartFlags) => (await import('./start-run.ts')).runStart(context, flags)));
  },
};
