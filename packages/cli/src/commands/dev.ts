/** `millrace dev`: local mode. Everything it says goes to stderr; Ctrl-C drains. */
import type { CommandModule } from '../program.ts';
import { type DevFlags, defaultApiPort, defaultPort } from './dev-flags.ts';
import { collect } from './flags.ts';

export const dev: CommandModule = {
  register(program, context, run) {
    program
      .command('dev')
      .description('run brokers, channels, triggers and sources on this machine, from manifest files')
      .option('-f, --filename <path>', 'manifest file or folder; watched; may be given again', collect)
      .option('--port <port>', `data port (default: ${defaultPort}, or the next free one; 0: any)`)
      .option(
        '--api-port <port>',
        `port of the resource API, health and metrics (default: ${defaultApiPort}, or the next free one)`,
      )
      .option('--host <host>', 'address to listen on; anything but loopback is open to the network', '127.0.0.1')
      .option('--data-dir <dir>', 'where events and objects are kept (default: .millrace)')
      .option('--log <kind>', 'where events are kept: local, memory, kafka://HOST:PORT or nats://HOST:PORT', 'local')
      .option('--workers <n>', 'threads that take in and deliver, up to 16; 0: one thread does everything', '0')
      .option('--max-event-bytes <n>', 'largest event that is taken (default: 10485760)')
      .option('--drain <duration>', 'how long the end waits for deliveries under way', '20s')
      .option('--take-over', 'end another millrace on the same data directory first')
      .option('-q, --quiet', 'no live lines')
      .option('-v, --verbose', 'live lines with every retry and every trigger that did not match')
      .option('--log-level <level>', 'debug, info, warn or error', 'warn')
      .option('--log-format <format>', 'text or json', 'text')
      .addHelpText(
        'after',
        '\nExamples:\n' +
          '  millrace dev -f manifests/\n' +
          '  millrace dev -f broker.yaml -f triggers/ --port 9000\n' +
          '  millrace dev --log memory --port 0 --api-port 0\n' +
          '  millrace dev -f manifests/ --log kafka://localhost:9092\n' +
          '\nA change of a file counts once nobody writes it any more. Objects that left a file go\n' +
          'at once; those of a file that was emptied go after two seconds, since an editor may\n' +
          'only be about to write it.\n' +
          '\nServers of one cluster are named with commas. How to come in at them stands in the\n' +
          'environment, where other users of the machine cannot read it:\n' +
          '  MILLRACE_KAFKA_USER, MILLRACE_KAFKA_PASSWORD   and MILLRACE_KAFKA_SASL: plain,\n' +
          '                                                 scram-sha-256 or scram-sha-512\n' +
          '  MILLRACE_KAFKA_TLS, MILLRACE_NATS_TLS          true: with TLS; paths of files in\n' +
          '                                                 ..._CA, ..._CERT and ..._KEY\n' +
          '  MILLRACE_NATS_CREDS                            path of a credentials file\n' +
          '\nOne thread does everything unless there are --workers. With one of them that one takes in and\n' +
          'the rest is done beside it: for two cores. From two on they deliver too, each for its own\n' +
          'URLs. Connections are shared out among them as they come, so a single one keeps one busy.\n' +
          '\nWithout -f it runs what the data directory holds; with an empty one, the broker default.\n',
      )
      .action(
        // A command of a client starts without the server's parts.
        run(async (flags: DevFlags) => (await import('./dev-run.ts')).runDev(context, flags)),
      );
  },
};
