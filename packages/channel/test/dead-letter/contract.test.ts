/** The dead-letter contract, run against the store in memory and the local one. */
import { rmSync } from 'node:fs';
import { MemoryDeadLetters } from '../../src/dead-letter/index.ts';
import type { LocalLogStore } from '../../src/log/local/index.ts';
import { copyOfDirectory, openLocal, temporaryDirectory } from '../log/worlds.ts';
import { describeDeadLetters } from './contract.ts';

describeDeadLetters('memory', {
  async start(limitBytes) {
    const store = new MemoryDeadLetters(limitBytes);
    return { store, crash: async () => undefined, end: () => store.close() };
  },
});

describeDeadLetters('local', {
  async start(limitBytes) {
    const limits = limitBytes === undefined ? {} : { deadLetterBytes: limitBytes };
    const directories = [temporaryDirectory()];
    const abandoned: LocalLogStore[] = [];
    let local = await openLocal(directories[0]!, undefined, limits);
    return {
      get store() {
        return local.deadLetters;
      },
      async crash() {
        abandoned.push(local);
        directories.push(copyOfDirectory(directories.at(-1)!));
        local = await openLocal(directories.at(-1)!, undefined, limits);
      },
      async end() {
        for (const one of [...abandoned, local]) await one.close();
        for (const directory of directories) rmSync(directory, { recursive: true, force: true });
      },
    };
  },
});
