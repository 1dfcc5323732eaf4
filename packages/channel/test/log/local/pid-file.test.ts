/** `DATA_DIR/pid`: it names the process that runs, and no other that has its number now. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describePidRecord,
  holds,
  isAlive,
  ownPidRecord,
  readPidFile,
  removePidFile,
  writePidFile,
} from '../../../src/log/local/index.ts';
import { temporaryDirectory } from '../worlds.ts';

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const own = () => ownPidRecord(directory, Date.UTC(2026, 0, 1), { data: 8080, api: 8001 });

describe('pid file', () => {
  it('is read as it was written, and written as a whole', () => {
    writePidFile(directory, own());
    expect(readPidFile(directory)).toEqual(own());
    expect(readdirSync(directory)).toEqual(['pid']);
  });

  it('names the process, its command, its start and its ports in words', () => {
    expect(describePidRecord(own())).toMatch(
      new RegExp(
        `^process ${process.pid} \\(.+\\), running since 2026-01-01T00:00:00.000Z, serving data port 8080, api port 8001$`,
      ),
    );
  });

  it('a process that runs is alive, one that ended is not', async () => {
    expect(isAlive(own())).toBe(true);
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isAlive({ ...own(), pid: child.pid as number })).toBe(false);
  });

  it('another process that has the same number now is not it', () => {
    const record = { ...own(), startId: '1@another-boot' };
    expect(isAlive(record)).toBe(false);
    writePidFile(directory, record);
    expect(holds(directory, readPidFile(directory))).toBeUndefined();
  });

  it('a record that came with a copy of another directory does not hold this one', () => {
    const other = temporaryDirectory();
    const record = ownPidRecord(other, 0);
    expect(holds(other, record)).toBe(process.pid);
    expect(holds(directory, record)).toBeUndefined();
    rmSync(other, { recursive: true });
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '[]',
    '{"pid":"1"}',
    '{"pid":-1}',
    '{"pid":1.5,"since":"x","command":[]}',
    '{"pid":1}',
  ])('a file that says %j names nobody', (text) => {
    writeFileSync(join(directory, 'pid'), text);
    expect(readPidFile(directory)).toBeUndefined();
  });

  it('is removed by the process it names and by no other', () => {
    writePidFile(directory, { ...own(), startId: '1@another-boot' });
    removePidFile(directory);
    expect(readdirSync(directory)).toEqual(['pid']);
    writePidFile(directory, own());
    removePidFile(directory);
    expect(readdirSync(directory)).toEqual([]);
  });
});
