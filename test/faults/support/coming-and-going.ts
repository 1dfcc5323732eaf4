/** Two processes of ours share a log and take turns in leaving it: in order, and by kill -9. */
import { comingAndGoingMs, pause, type World } from './fault-test.ts';

/** How long each state lasts: a few seconds, so that shares move all the time. */
const stepMs = 2_500;
/** Every third leave is a crash. */
const crashEvery = 3;

export async function comeAndGo({ trial, processes }: World): Promise<void> {
  const untilMs = performance.now() + comingAndGoingMs;
  for (let turn = 0; performance.now() < untilMs; turn++) {
    const index = turn % processes.length;
    const leaving = processes[index];
    const signal = turn % crashEvery === crashEvery - 1 ? 'SIGKILL' : 'SIGTERM';
    await trial.fault(`${signal} of process ${index + 1}`, () => leaving?.end(signal));
    await pause(stepMs);
    // Its return moves shares too: duplicates from then on are its.
    await trial.fault(`the return of process ${index + 1}`, () => leaving?.start());
    await pause(stepMs);
  }
  await trial.healed('the last return');
}
