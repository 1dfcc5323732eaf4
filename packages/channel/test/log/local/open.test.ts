/** Opening a data directory: what is wrong with it is told by a code and a sentence, and nothing is delivered wrong. */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenLocalOutcome, openLocalStore, readPidFile } from '../../../src/log/local/index.ts';
import { inspectDataFile } from '../../../src/log/local/inspect.ts';
import { append, appendEach, commitEverywhere, idOf, newRecord, plenty, readAll } from '../contract-world.ts';
import { copyOfDirectory, JumpingClock, openLocal, temporaryDirectory } from '../worlds.ts';
import { startChild } from './children.ts';

let directory = '';
const others: string[] = [];
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  chmodSync(directory, 0o755);
  for (const one of [directory, ...others.splice(0)]) rmSync(one, { recursive: true, force: true });
});

const dataFile = () => join(directory, 'log', 'data.mdb');

function tryOpen(path = directory): Promise<OpenLocalOutcome> {
  return openLocalStore(path, { clock: new JumpingClock(), logger: silentLogger });
}

async function errorOf(path = directory) {
  const outcome = await tryOpen(path);
  if (outcome.kind === 'opened') {
    await outcome.store.close();
    throw new Error('it was opened');
  }
  expect(outcome.message.startsWith(path) || outcome.message.includes(path)).toBe(true);
  expect(outcome.message).not.toMatch(/\n|\bat .*:\d+/);
  return outcome;
}

async function fillDirectory(): Promise<readonly string[]> {
  const store = await openLocal(directory);
  const log = await store.open('log', plenty);
  await commitEverywhere(log, 'cursor', (range) => range.start, { detached: true });
  for (let at = 0; at < 30; at += 1) await appendEach(log, 1, at % 3 === 0 ? 9_000 : 50);
  await append(log, ...Array.from({ length: 50 }, () => newRecord(200)));
  const ids = (await readAll(log)).map(idOf);
  await store.close();
  return ids;
}

describe('openLocalStore', () => {
  it('makes a directory that is not there, and opens it again', async () => {
    const path = join(directory, 'a', 'b');
    await (await openLocal(path)).close();
    await (await openLocal(path)).close();
    expect(readdirSync(path).sort()).toEqual(['log', 'millrace-data.json']);
  });

  it('a directory that is not ours is refused and not touched', async () => {
    writeFileSync(join(directory, 'thesis.txt'), 'years of work');
    const outcome = await errorOf();
    expect(outcome.code).toBe('foreign-data-directory');
    expect(outcome.message).toContain('thesis.txt');
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
  });

  it('a file in the place of the directory is refused', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');
    expect((await errorOf(path)).code).toBe('foreign-data-directory');
  });

  it('entries that other parts of Millrace and file systems make do not matter', async () => {
    mkdirSync(join(directory, 'lost+found'));
    mkdirSync(join(directory, 'resources'));
    await (await openLocal(directory)).close();
  });

  it('a format newer than ours is refused', async () => {
    await fillDirectory();
    writeFileSync(join(directory, 'millrace-data.json'), '{"format":"millrace-data","version":99,"state":"ready"}');
    const outcome = await errorOf();
    expect(outcome.code).toBe('newer-format');
    expect(outcome.message).toContain('99');
  });

  it.each(['', 'not JSON', '[]', 'null', '{}', '{"format":"millrace-data"}', '{"format":"millrace-data","version":1}'])(
    'a marker file that says %j is corrupt',
    async (text) => {
      await fillDirectory();
      writeFileSync(join(directory, 'millrace-data.json'), text);
      expect((await errorOf()).code).toBe('corrupt');
    },
  );

  it('a start that was cut off before anything was acknowledged is made again', async () => {
    writeFileSync(join(directory, 'millrace-data.json'), '{"format":"millrace-data","version":1,"state":"creating"}');
    mkdirSync(join(directory, 'log'));
    writeFileSync(dataFile(), 'half a header');
    await (await openLocal(directory)).close();
  });

  it('a directory that cannot be written is refused', async () => {
    await fillDirectory();
    chmodSync(directory, 0o555);
    chmodSync(join(directory, 'log'), 0o555);
    // The superuser may write everywhere: as a user of its own, a child sees what everybody else would see.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const child = startChild(directory, 'open', nobody);
    await child.ended();
    expect(child.lines().join()).toMatch(/^not-writable: .*cannot be written/);
  });

  it('a directory that another process has is refused, naming it; when that is gone it can be opened', async () => {
    const child = startChild(directory, 'hold');
    await child.printed(/^opened$/);
    const outcome = await errorOf();
    expect(outcome).toMatchObject({ code: 'in-use', holder: { pid: child.process.pid } });
    expect(outcome.message).toContain(`process ${child.process.pid} (`);
    expect(outcome.message).toContain('child.ts');
    rmSync(join(directory, 'pid'));
    expect(await errorOf(), 'without the pid file the data file itself tells').toMatchObject({ code: 'in-use' });
    await child.kill('SIGKILL');
    await (await openLocal(directory)).close();
  });

  it('of processes that start at the same time one gets the directory', async () => {
    await fillDirectory();
    const children = Array.from({ length: 4 }, () => startChild(directory, 'hold'));
    const said = await Promise.all(children.map((child) => child.printed(/^(opened|in-use)/)));
    for (const child of children) await child.kill('SIGKILL');
    expect(said.filter((line) => line === 'opened')).toHaveLength(1);
  }, 30_000);

  it('the same process cannot open it twice, and can when it was closed', async () => {
    const store = await openLocal(directory);
    expect((await errorOf()).code).toBe('in-use');
    expect(readPidFile(directory)?.pid).toBe(process.pid);
    await store.close();
    expect(readPidFile(directory)).toBeUndefined();
    await (await openLocal(directory)).close();
  });

  it('a copy of a directory in use is not in use', async () => {
    const store = await openLocal(directory);
    const copy = copyOfDirectory(directory);
    others.push(copy);
    await (await openLocal(copy)).close();
    await store.close();
  });
});

describe('a damaged data file', () => {
  it('that is missing or empty is corrupt, and is not made anew', async () => {
    await fillDirectory();
    truncateSync(dataFile(), 0);
    expect((await errorOf()).code).toBe('corrupt');
    rmSync(dataFile());
    expect((await errorOf()).code).toBe('corrupt');
    expect(readdirSync(join(directory, 'log'))).not.toContain('data.mdb');
  });

  it('whose header was overwritten is corrupt', async () => {
    await fillDirectory();
    const file = openSync(dataFile(), 'r+');
    writeSync(file, Buffer.alloc(8192, 0xa5), 0, 8192, 0);
    closeSync(file);
    expect((await errorOf()).code).toBe('corrupt');
  });

  it('that is cut off anywhere is corrupt', async () => {
    const ids = await fillDirectory();
    const whole = readFileSync(dataFile());
    const pages = Math.ceil(whole.byteLength / 4096);
    for (let page = 1; page < pages; page += 3) {
      writeFileSync(dataFile(), whole.subarray(0, page * 4096 + 17));
      await expectRefusedOrRight(ids);
    }
  });

  it('with bits changed anywhere gives the right events or an error, never wrong ones', async () => {
    const ids = await fillDirectory();
    const whole = readFileSync(dataFile());
    const random = new SeededRandom(11);
    let refused = 0;
    for (let round = 0; round < 120; round += 1) {
      const damaged = Buffer.from(whole);
      for (let flips = 1 + random.below(3); flips > 0; flips -= 1) {
        damaged[random.below(damaged.byteLength)]! ^= 1 << random.below(8);
      }
      writeFileSync(dataFile(), damaged);
      if (await expectRefusedOrRight(ids)) refused += 1;
    }
    expect(refused, 'some of the damage was where it matters').toBeGreaterThan(10);
  }, 60_000);

  it('with something after its end is opened', async () => {
    const ids = await fillDirectory();
    appendFileSync(dataFile(), Buffer.alloc(10_000, 1));
    expect(await expectRefusedOrRight(ids)).toBe(false);
  });

  /** True when the directory or the log said that it is corrupt. */
  async function expectRefusedOrRight(ids: readonly string[]): Promise<boolean> {
    const outcome = await tryOpen();
    if (outcome.kind === 'error') {
      expect(outcome.code).toBe('corrupt');
      return true;
    }
    try {
      const log = await outcome.store.open('log', plenty);
      const { start, end } = log.range(0);
      const found: string[] = [];
      for (let next = start; next < end; ) {
        const read = await log.read(0, next, { records: 1_000, bytes: 1024 ** 3 });
        if (read.kind === 'failed') {
          expect(read.reason).toMatch(/^corrupt: /);
          expect(ids.slice(0, found.length)).toEqual(found);
          return true;
        }
        if (read.kind !== 'records') throw new Error(read.kind);
        found.push(...read.records.map(idOf));
        next = read.next;
      }
      expect(found).toEqual(ids);
      return false;
    } finally {
      await outcome.store.close();
    }
  }
});

describe('the look over a data file', () => {
  it('finds nothing wrong with files that were written, trimmed, removed from and killed in any way', async () => {
    const random = new SeededRandom(5);
    let store = await openLocal(directory);
    for (let round = 0; round < 60; round += 1) {
      const name = `log-${random.below(4)}`;
      const log = await store.open(name, { ageMs: plenty.ageMs, bytes: 200_000 });
      await Promise.all(
        Array.from({ length: random.below(60) }, () =>
          log.append([newRecord(random.below(random.pick([50, 3_000, 30_000])))]),
        ),
      );
      await commitEverywhere(log, `cursor-${random.below(50)}`, (range) => range.end);
      await log.trim();
      if (random.chance(0.1)) await store.remove(name);
      if (random.chance(0.2)) {
        await store.close();
        store = await openLocal(directory);
      }
      expect(inspectDataFile(dataFile(), 100_000).kind).toBe('sound');
    }
    await store.close();
    expect(statSync(dataFile()).size).toBeLessThan(20 * 1024 ** 2);
  }, 30_000);
});
