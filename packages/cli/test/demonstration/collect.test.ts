import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { collect, readRecords } from '../../src/demonstration/collect.ts';
import { faultless, runId } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-collect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a folder that is not there yet holds nothing', async () => {
  expect(await readRecords(join(folder, 'none'))).toEqual([]);
});

it('records of all files are read; a line that is being written is left for the next time', async () => {
  const lines = faultless().map((record) => `${JSON.stringify(record)}\n`);
  writeFileSync(join(folder, 'a.ndjson'), lines.slice(0, 5).join(''));
  writeFileSync(join(folder, 'b.ndjson'), `${lines.slice(5).join('')}{"subscriber":"s","trig`);
  writeFileSync(join(folder, 'notes.txt'), 'no record');
  expect(await readRecords(folder)).toEqual(faultless());
  expect((await collect(folder, runId)).byTrigger.get('everything')?.size).toBe(8);
});
