/** The subscribers of `examples/github`, each as the process it is: what they answer and what they record. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeHttp } from '@millrace/api';
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../../src/demonstration/collect.ts';

const folder = fileURLToPath(new URL('../../../../examples/github/subscribers/', import.meta.url));
const names = ['takes', 'answers', 'flaky', 'slow', 'fails', 'dead-letters'] as const;
const recordsDir = mkdtempSync(join(tmpdir(), 'millrace-records-'));
const urls = new Map<string, string>();
const children: ChildProcess[] = [];

beforeAll(async () => {
  for (const name of names) {
    const env = { ...process.env, PORT: '0', MILLRACE_RECORDS: recordsDir, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [`${name}.ts`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const port = /listens on port (\d+)/.exec(text)?.[1];
      if (port !== undefined) urls.set(name, `http://127.0.0.1:${port}`);
    });
  }
  await waitFor('all listen', () => urls.size === names.length, { timeoutMs: 30_000 });
});

afterAll(async () => {
  for (const child of children) child.kill('SIGTERM');
  await waitFor('all end', () =>
    children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null),
  );
  expect(children.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
  rmSync(recordsDir, { recursive: true });
});

async function deliver(name: string, trigger: string, id: string, more: Record<string, string> = {}, body = '{}') {
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-type': 't', 'ce-source': '/s', ...more };
  const response = await fetch(`${urls.get(name)}/${trigger}`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

const recordsOf = async (name: string) =>
  (await readRecords(recordsDir))
    .filter(({ subscriber }) => subscriber === name)
    .map(({ trigger, id, type, outcome }) => `${trigger} ${id} ${type} ${outcome}`);

describe('subscribers of the example', () => {
  it('takes: takes each, says nothing, has it in its record before it answers', async () => {
    expect(await deliver('takes', 'everything', 'a')).toMatchObject({ status: 200, body: Buffer.of() });
    expect(await recordsOf('takes')).toEqual(['everything a t taken']);
    const counts = await fetch(`${urls.get('takes')}/received`);
    expect(await counts.json()).toEqual({ everything: { taken: 1 } });
  });

  it('answers: 200 with a new event about the same thing', async () => {
    const payload = JSON.stringify({ issue: { number: 7, title: 'Zürich' } });
    const answer = await deliver('answers', 'opened-issues', 'b', { 'ce-subject': 'Z%C3%BCrich' }, payload);
    expect(answer.status).toBe(200);
    const decoded = decodeHttp(Object.fromEntries(answer.headers), answer.body);
    expect(decoded).toMatchObject({
      kind: 'event',
      event: { attributes: { id: 'b-triage', type: 'dev.millrace.example.triage', subject: 'Zürich' } },
    });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ issue: 7, title: 'Zürich' });
    expect(await recordsOf('answers')).toEqual(['opened-issues b t answered']);
  });

  it('flaky: fails twice for every event of every trigger, then takes it', async () => {
    const statuses: number[] = [];
    for (const [trigger, id] of [
      ['x', '1'],
      ['x', '2'],
      ['y', '1'],
      ['x', '1'],
      ['x', '1'],
      ['y', '1'],
      ['y', '1'],
    ] as const) {
      statuses.push((await deliver('flaky', trigger, id)).status);
    }
    expect(statuses).toEqual([500, 500, 500, 500, 200, 500, 200]);
    expect((await recordsOf('flaky')).filter((line) => line.endsWith('taken'))).toEqual(['x 1 t taken', 'y 1 t taken']);
  });

  it('slow: takes each after a while, several at once', async () => {
    const startMs = performance.now();
    const answers = await Promise.all(
      ['1', '2', '3', '4', '5', '6', '7', '8'].map((id) => deliver('slow', 'code', id)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(140);
    expect(await recordsOf('slow')).toHaveLength(8);
  });

  it('fails: always, with the reason', async () => {
    for (let tries = 0; tries < 4; tries++) {
      const { status, body } = await deliver('fails', 'deletions', 'c');
      expect(`${status} ${body}`).toBe('500 cannot take c');
    }
    expect(await recordsOf('fails')).toEqual(Array(4).fill('deletions c t failed'));
  });

  it('dead-letters: takes what others could not', async () => {
    const more = { 'ce-knativeerrorcode': '500', 'ce-knativeerrordata': Buffer.from('no').toString('base64') };
    expect((await deliver('dead-letters', 'deletions', 'c', more)).status).toBe(200);
    expect(await recordsOf('dead-letters')).toEqual(['deletions c t taken']);
  });

  it.each([
    ['a request that is no event', 'POST', '/everything', {}],
    ['another method', 'PUT', '/everything', { 'ce-id': '1', 'ce-type': 't' }],
    ['a path that names no trigger', 'POST', '/', { 'ce-id': '1', 'ce-type': 't' }],
  ])('%s: 400', async (_what, method, path, headers) => {
    const response = await fetch(`${urls.get('takes')}${path}`, { method, headers, body: 'x' });
    expect(response.status).toBe(400);
  });
});
