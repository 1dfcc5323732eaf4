/** `millrace wait`: until the server, or named objects, are ready. */
import type { Resource } from '@millrace/api';
import type { ApiClient } from '../client/api.ts';
import type { LocateFlags } from '../client/locate.ts';
import { parseTarget, pathOf } from '../client/resources.ts';
import { CliError, exitCodes, timedOut } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { shortDuration } from '../terminal/text.ts';
import { addNamespaceFlag, addServerFlags, clientOf, durationFlag } from './flags.ts';

const probeMs = 100;

export const wait: CommandModule = {
  register(program, { io, clock }, run) {
    const command = program
      .command('wait [objects...]')
      .description('wait until the server, or the objects named, are ready')
      .option('--timeout <duration>', 'give up after this time (exit code 5)', '30s')
      .addHelpText('after', '\nExamples:\n  millrace wait --timeout 30s\n  millrace wait broker/orders trigger/ship\n');
    addNamespaceFlag(addServerFlags(command)).action(
      run(async (objects: string[], flags: LocateFlags & { timeout: string; namespace: string }) => {
        const limitMs = durationFlag(flags.timeout, '--timeout');
        const targets = objects.map((text) => parseTarget(text, flags.namespace));
        const startMs = clock.monotonic();
        for (;;) {
          // A server that is not there yet is what one waits for: it is found anew each time.
          const missing = await whatIsMissing(() => clientOf(flags, io), targets);
          if (missing === undefined) return exitCodes.ok;
          if (clock.monotonic() - startMs > limitMs)
            throw timedOut(`not ready after ${shortDuration(limitMs)}: ${missing}`);
          await new Promise<void>((resolve) => clock.setTimer(probeMs, resolve, { ref: true }));
        }
      }),
    );
  },
};

type Target = ReturnType<typeof parseTarget>;

/** What is not ready yet, in words; undefined when all is. */
async function whatIsMissing(
  client: () => Promise<ApiClient>,
  targets: readonly Target[],
): Promise<string | undefined> {
  try {
    const api = await client();
    const info = await api.info();
    if (!info.ready)
      return info.waitingFor.length > 0 ? `waiting for ${info.waitingFor.slice(0, 5).join(', ')}` : 'starting';
    for (const target of targets) {
      const resource = await api.getJson<Resource>(pathOf(target));
      const ready = resource.status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True')
        return `${target.kind.singular}/${target.name}: ${ready?.message ?? ready?.reason ?? 'not reconciled yet'}`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof CliError && error.exitCode !== exitCodes.usage) return error.message;
    throw error;
  }
}
