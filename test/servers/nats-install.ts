/** nats-server at a pinned version, built once by Go's own tool from where this machine's Go settings say. */
import { delimiter, join } from 'node:path';
import { cached } from './cache.ts';
import { attempt, type Installation } from './installation.ts';
import { run } from './run.ts';

export const natsVersion = '2.15.2';

/** Where Go's own archive is unpacked, for an environment that was not told of it. */
const goFolder = '/usr/local/go/bin';

export interface NatsInstallation {
  readonly binary: string;
}

let known: Promise<Installation<NatsInstallation>> | undefined;

export function natsServers(): Promise<Installation<NatsInstallation>> {
  known ??= attempt('nats-server (needs Go, once)', async () => {
    const folder = await cached(`nats-server-${natsVersion}-${process.platform}-${process.arch}`, async (part) => {
      await run(
        'go',
        ['install', '-trimpath', '-ldflags', '-s -w', `github.com/nats-io/nats-server/v2@v${natsVersion}`],
        { cwd: part, env: { PATH: [process.env['PATH'], goFolder].join(delimiter), GOBIN: part, CGO_ENABLED: '0' } },
      );
    });
    return { binary: join(folder, 'nats-server') };
  });
  return known;
}
