/** `millrace url`: the address of a broker, one line for scripts. */
import type { Resource } from '@millrace/api';
import type { LocateFlags } from '../client/locate.ts';
import { parseTarget, pathOf } from '../client/resources.ts';
import { absent, exitCodes } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { addNamespaceFlag, addServerFlags, clientOf } from './flags.ts';

export const url: CommandModule = {
  register(program, { io }, run) {
    const command = program
      .command('url [object]')
      .description('print the address of a broker (or of another addressable object)')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace url                    the broker default\n  millrace url orders -n shop\n  curl "$(millrace url broker/orders)" …\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(
      run(async (object: string | undefined, flags: LocateFlags & { namespace: string }) => {
        const target = parseTarget(object ?? 'default', flags.namespace, 'broker');
        const resource = await (await clientOf(flags, io)).getJson<Resource>(pathOf(target));
        const address = resource.status?.address?.url;
        if (!address)
          throw absent(
            `${target.kind.singular} ${target.namespace}/${target.name} has no address yet`,
            'See `millrace get` for why it is not ready.',
          );
        io.out.write(`${address}\n`);
        return exitCodes.ok;
      }),
    );
  },
};
