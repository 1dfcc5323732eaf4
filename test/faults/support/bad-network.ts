/** Everything that the proxy can do to the way between us and a server, one after the other. */
import type { TcpProxy } from '@millrace/testkit';
import { pause, rounds, type World } from './fault-test.ts';

/** How long each state lasts. Rounds after the first, in the long form, outlast every time-out that there is. */
const stateMs = (round: number) => (round === 0 ? 4_000 : 20_000);
const delayMs = 150;

/** One proxy for each server. */
export async function badNetwork(world: World, proxies: readonly TcpProxy[]): Promise<void> {
  for (let round = 0; round < rounds; round++) await everyState(world, proxies, stateMs(round));
}

async function everyState({ trial }: World, proxies: readonly TcpProxy[], lastsMs: number): Promise<void> {
  const all = (what: (proxy: TcpProxy) => void) => proxies.forEach(what);

  await trial.fault(`a delay of ${delayMs} ms each way`, () => all((proxy) => proxy.delay(delayMs)));
  await pause(lastsMs);
  all((proxy) => proxy.resume());
  await trial.healed('the end of the delay');

  for (let n = 0; n < 5; n++) {
    await trial.fault('connections cut', () => all((proxy) => proxy.cut()));
    await pause(300);
  }
  await trial.healed('the last cut');

  await trial.fault('a silent network', () => all((proxy) => proxy.hold()));
  await pause(lastsMs);
  all((proxy) => proxy.resume());
  await trial.healed('the end of silence');

  await trial.fault('connections refused', () => all((proxy) => proxy.refuse()));
  await pause(lastsMs);
  all((proxy) => proxy.resume());
  await trial.healed('the end of refusal');
}
