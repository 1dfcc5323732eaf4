/** Whether a server is there at all, asked before anything is opened: a missing one is said in one sentence. */
import { connect } from 'node:net';
import type { InstallationLog } from '@millrace/api';
import type { Clock } from '@millrace/runtime';
import { unreachable } from '../exit.ts';
import { logText, serversOf } from './log-choice.ts';

/** A server that is there accepts a connection at once; one far away may take a moment. */
const connectMs = 3_000;

/** Rejects with exit code 4 when none of the servers that `--log` names accepts a connection. */
export async function checkReachable(log: InstallationLog, clock: Clock): Promise<void> {
  const servers = serversOf(log);
  if (servers.length === 0) return;
  const problems = await Promise.all(servers.map((server) => problemOf(server, clock)));
  if (problems.includes(undefined)) return;
  const [name, command, scheme] = log.kind === 'kafka' ? ['Kafka', 'kafka', 'kafka'] : ['NATS', 'nats', 'nats'];
  throw unreachable(
    `no ${name} server answers at ${servers.map((server, index) => `${server} (${problems[index]})`).join(', ')}`,
    `Start one with \`pnpm servers ${command}\` and name it with --log ${scheme}://HOST:PORT (now: ${logText(log)}).`,
  );
}

/** Undefined when it accepts a connection. */
function problemOf(server: string, clock: Clock): Promise<string | undefined> {
  const colon = server.lastIndexOf(':');
  const host = server.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(server.slice(colon + 1)) });
    const timer = clock.setTimer(connectMs, () => end('no answer'), { ref: true });
    const end = (problem: string | undefined) => {
      timer.cancel();
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
