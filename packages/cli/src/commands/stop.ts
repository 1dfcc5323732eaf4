/** `millrace stop`: ends the server of a data directory, and waits until it is gone. */
import { dataDirOf, type LocateFlags } from '../client/locate.ts';
import { absent, exitCodes, failed, timedOut } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { shortDuration } from '../terminal/text.ts';
import { durationFlag } from './flags.ts';

const probeMs = 50;

export const stop: CommandModule = {
  register(program, { io, clock }, run) {
    program
      .command('stop')
      .description('end the server of a data directory; events and positions are kept')
      .option('--data-dir <dir>', 'data directory (default: .millrace)')
      .option('--timeout <duration>', 'how long to wait for its end', '60s')
      .addHelpText('after', '\nExamples:\n  millrace stop\n  millrace stop --data-dir /var/lib/millrace --timeout 2m\n')
      .action(
        run(async (flags: LocateFlags & { timeout: string }) => {
          const limitMs = durationFlag(flags.timeout, '--timeout');
          const dataDir = dataDirOf(flags, io);
          const { isRunning, readServerFile } = await import('../server/server-file.ts');
          const file = readServerFile(dataDir);
          if (!file || !isRunning(file)) throw absent(`no millrace runs on ${dataDir}`);
          try {
            process.kill(file.pid, 'SIGTERM');
          } catch (error) {
            throw failed(`cannot end process ${file.pid}: ${(error as Error).message}`);
          }
          const startMs = clock.monotonic();
          while (isRunning(file)) {
            if (clock.monotonic() - startMs > limitMs) {
              throw timedOut(
                `process ${file.pid} is still ending after ${shortDuration(limitMs)}`,
                'It finishes what is in flight; wait longer with --timeout.',
              );
            }
            await new Promise<void>((resolve) => clock.setTimer(probeMs, resolve, { ref: true }));
          }
          io.err.write(`millrace: stopped process ${file.pid}\n`);
          return exitCodes.ok;
        }),
      );
  },
};
