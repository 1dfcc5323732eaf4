/** The write-ahead files: what was acknowledged is found again, however the process ended, and damage is told from an end. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ahead, makeAheadFiles, missingAheadFile } from '../../../src/log/local/ahead.ts';
import { aheadBytes } from '../../../src/log/local/ahead-file.ts';
import { Changes, Environment } from '../../../src/log/local/environment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-ahead-'));
  makeAheadFiles(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function putting(key: string, value: Uint8Array): Changes {
  const changes = new Changes();
  changes.put(Buffer.from(key), value);
  return changes;
}

function open(settled = 0): Ahead {
  const ahead = Ahead.open(folder, settled);
  if (typeof ahead === 'string') throw new Error(ahead);
  return ahead;
}

async function append(ahead: Ahead, changes: Changes): Promise<void> {
  const file = ahead.fileFor(changes);
  if (file === undefined) throw new Error('no room');
  await file.append(changes);
  ahead.appended(file);
}

/** Everything the layers say, newest first wins. */
function content(ahead: Ahead): Record<string, string> {
  const all: Record<string, string> = {};
  for (const layer of [...ahead.layers].reverse()) {
    for (const [name, value] of layer.changes()) all[name] = value === null ? 'removed' : value.toString();
  }
  return all;
}

/** Entries of 100 bytes or so: `k0` is `v0`, and so on. */
async function write(count: number): Promise<Record<string, string>> {
  const ahead = open();
  const wanted: Record<string, string> = {};
  for (let at = 0; at < count; at += 1) {
    wanted[`k${at}`] = `v${at}-${'x'.repeat(at * 7)}`;
    await append(ahead, putting(`k${at}`, Buffer.from(wanted[`k${at}`] ?? '')));
  }
  ahead.close();
  return wanted;
}

describe('write-ahead files', () => {
  it('A1: whatever was appended is found again without an orderly end, in both files, later entries over earlier ones', async () => {
    const first = open();
    const large = Buffer.alloc(aheadBytes / 3, 97);
    for (let at = 0; at < 4; at += 1)
      await append(first, putting(`k${at % 3}`, Buffer.concat([large, Buffer.from([at])])));
    first.close();
    const again = open();
    expect(again.layers.length).toBe(2);
    const found = content(again);
    expect(Object.keys(found).sort()).toEqual(['k0', 'k1', 'k2']);
    expect(found['k0']?.at(-1)).toBe('\u0003');
    again.close();
  });

  it('B1: with both files full there is no room but for what still fits; B2: settled ones are used again', async () => {
    const ahead = open();
    const half = Buffer.alloc(aheadBytes / 2 - 200);
    for (let at = 0; at < 4; at += 1) await append(ahead, putting(`h${at}`, half));
    expect(ahead.fileFor(putting('more', half))).toBeUndefined();
    await append(ahead, putting('small', Buffer.from('s')));
    const settled = ahead.oldest?.lastSequence ?? 0;
    ahead.settled();
    await append(ahead, putting('h4', half));
    ahead.close();
    const again = open(settled);
    expect(Object.keys(content(again)).sort()).toEqual(['h2', 'h3', 'h4', 'small']);
    again.close();
  });

  it('an entry larger than a file makes it grow, and is found again', async () => {
    const ahead = open();
    await append(ahead, putting('large', Buffer.alloc(2 * aheadBytes, 98)));
    ahead.close();
    const again = open();
    expect(content(again)['large']?.length).toBe(2 * aheadBytes);
    again.close();
  });

  it('A3: an entry that a crash cut off ends the file: everything before it is there', async () => {
    const wanted = await write(12);
    const path = join(folder, 'ahead-0');
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf('x') + 1;
    delete wanted['k11'];
    for (const cut of [1, 20, 70]) {
      const torn = Buffer.from(bytes);
      torn.fill(0, end - cut, end);
      writeFileSync(path, torn);
      const ahead = open();
      expect(content(ahead)).toEqual(wanted);
      ahead.close();
    }
  });

  it('A3: a bit that changed anywhere before the last entry is told as damage, never taken for the end', async () => {
    const wanted = await write(12);
    const path = join(folder, 'ahead-0');
    const bytes = readFileSync(path);
    const lastEntry = bytes.indexOf('v11-') - 40;
    for (let at = 0; at < lastEntry; at += 5) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      const ahead = Ahead.open(folder, 0);
      if (typeof ahead === 'string') {
        expect(ahead).toMatch(/damaged/);
        continue;
      }
      // Bytes that only fill up to the next multiple of eight, and the version, say nothing.
      expect(content(ahead), `byte ${at}`).toEqual(wanted);
      ahead.close();
    }
  });

  it('A2: what a file held before it was begun again is not taken for new', async () => {
    const ahead = open();
    for (let at = 0; at < 50; at += 1) await append(ahead, putting(`old${at}`, Buffer.alloc(1_000)));
    ahead.retire();
    const settled = ahead.oldest?.lastSequence ?? 0;
    ahead.settled();
    await append(ahead, putting('new0', Buffer.from('0')));
    ahead.retire();
    await append(ahead, putting('new1', Buffer.from('1')));
    ahead.close();
    const again = open(settled);
    expect(content(again)).toEqual({ new0: '0', new1: '1' });
    again.close();
  });

  it('a file that is missing is named', () => {
    rmSync(join(folder, 'ahead-1'));
    expect(missingAheadFile(folder)).toMatch(/ahead-1$/);
  });
});

describe('V1, V3: the environment over them', () => {
  it('a copy taken at any moment, steps into the data file included, has everything that was acknowledged', async () => {
    const environment = new Environment(folder, () => undefined);
    expect(environment.takeUp()).toBeUndefined();
    const wanted = new Map<string, number>();
    for (let round = 0; round < 60; round += 1) {
      const changes = new Changes();
      for (let at = 0; at < 8; at += 1) {
        const key = `key-${(round * 5 + at) % 90}`;
        wanted.set(key, round);
        changes.put(Buffer.from(key), Buffer.alloc(30_000, round));
      }
      const gone = `key-${(round * 11) % 90}`;
      if (!changes.puts.some(({ key }) => key.toString() === gone)) {
        wanted.delete(gone);
        changes.remove(Buffer.from(gone));
      }
      expect((await environment.write(changes)).kind).toBe('written');
      if (round % 6 === 5) await expectInCopy(wanted);
    }
    await environment.flush();
    await expectInCopy(wanted);
    await environment.close();
  });

  async function expectInCopy(wanted: ReadonlyMap<string, number>): Promise<void> {
    const copy = mkdtempSync(join(tmpdir(), 'millrace-ahead-copy-'));
    // The data file as it was between two steps: a crash never leaves one that is half of one step and half of another.
    let data = readFileSync(join(folder, 'data.mdb'));
    for (let again = Buffer.alloc(0); !again.equals(data); ) {
      again = data;
      data = readFileSync(join(folder, 'data.mdb'));
    }
    writeFileSync(join(copy, 'data.mdb'), data);
    for (const name of ['ahead-0', 'ahead-1']) cpSync(join(folder, name), join(copy, name));
    const environment = new Environment(copy, () => undefined);
    expect(environment.takeUp()).toBeUndefined();
    const range = { from: Buffer.from('key'), to: Buffer.from('kez') };
    const found = [...environment.entries(range)].map(({ key, value }) => [key.toString(), value[0]]);
    expect(found).toEqual([...wanted].sort(([a], [b]) => (a < b ? -1 : 1)));
    for (const [key, round] of wanted) expect(environment.get(Buffer.from(key))?.[0]).toBe(round);
    await environment.close();
    rmSync(copy, { recursive: true, force: true });
  }
});
