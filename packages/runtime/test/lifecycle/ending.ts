/** A process to be ended: run by `lifecycle.test.ts`. Its arguments are the steps: names, `!` fails, `…` hangs. */
import { createLifecycle, exitCodeOf, processSignals, systemClock } from '@millrace/runtime';

const lifecycle = createLifecycle({
  clock: systemClock,
  signals: processSignals,
  drainLimitMs: 300,
  endNow: (signal) => process.exit(exitCodeOf(signal)),
});
for (const name of process.argv.slice(2)) {
  lifecycle.onDrain({
    name,
    run(_, signal) {
      process.stdout.write(`${name} `);
      if (name.endsWith('!')) return Promise.reject(new Error('broken'));
      if (!name.endsWith('…')) return Promise.resolve();
      signal.addEventListener('abort', () => process.stdout.write('late '));
      return new Promise(() => {});
    },
  });
}
// Keeps the process running, as a listener does.
const running = setInterval(() => {}, 1_000);
process.stdout.write('ready ');
const { reason, failures } = await lifecycle.ended;
clearInterval(running);
process.stdout.write(`ended by ${reason}: ${failures.map(({ name, error }) => `${name}=${error}`).join(', ')}`);
