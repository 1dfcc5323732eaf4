/**
 * `pnpm servers kafka|nats|kafka-cluster|nats-cluster`: a real server for a developer, as the tests have it. Prints its URL on a line of its own
 * on standard output, everything else on standard error; an interrupt ends the server and removes its data.
 */
import { startKafka, startKafkaCluster } from '../test/servers/kafka.ts';
import { kafkaServers, kafkaVersion } from '../test/servers/kafka-install.ts';
import { startNats, startNatsCluster } from '../test/servers/nats.ts';
import { natsServers, natsVersion } from '../test/servers/nats-install.ts';

const kafka = { title: `Apache Kafka ${kafkaVersion}`, find: kafkaServers };
const nats = { title: `nats-server ${natsVersion} with JetStream`, find: natsServers };

const kinds = {
  kafka: { ...kafka, start: startKafka },
  nats: { ...nats, start: startNats },
  'kafka-cluster': { ...kafka, title: `three nodes of ${kafka.title}`, start: startKafkaCluster },
  'nats-cluster': { ...nats, title: `three nodes of ${nats.title}`, start: startNatsCluster },
} as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [name = ''] = args;
  if (args.length !== 1 || !Object.hasOwn(kinds, name)) {
    say(`expected one of ${Object.keys(kinds).join(', ')}: for example \`pnpm servers kafka\``);
    return 2;
  }
  const { title, find, start } = kinds[name as keyof typeof kinds];
  const interrupted = new Promise((resolve) => {
    // Also keeps the process alive: servers by themselves do not.
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        clearInterval(alive);
        resolve(undefined);
      });
  });
  say(`starting ${title}; the first start on a machine fetches it`);
  const found = await find();
  if (found.kind === 'unavailable') {
    say(found.reason);
    process.exit(1);
  }
  const server = await start();
  process.stdout.write(`${server.url}\n`);
  say(`ready: \`pnpm millrace dev --log ${server.url}\`; Ctrl-C ends it and removes its data`);
  await interrupted;
  await server.stop();
  return 0;
}

function say(text: string): void {
  process.stderr.write(`servers: ${text}\n`);
}
