/** The profile of a hop on a small scale, and the rules by which a stack belongs to a part of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measureProfile } from '../../bench/profile/hop-profile.ts';
import type { CpuProfile, ProfileNode } from '../../bench/profile/inspector.ts';
import { partOf, selfTimes } from '../../bench/profile/parts.ts';
import { silence } from '../../bench/support/progress.ts';
import { temporaryFolder } from '../support/millrace.ts';

test('a hop is profiled beside the bare hop: parts, and a page that needs nothing else', {
  timeout: 120_000,
}, async () => {
  silence();
  const folder = temporaryFolder();
  try {
    const file = join(folder.path, 'deep', 'flame.html');
    const profiles = await measureProfile({ events: 3_000, warmUpEvents: 500, file });
    expect(profiles.map(({ side }) => side)).toEqual(['bare hop', 'millrace']);
    for (const { plain, profiled, parts } of profiles) {
      for (const figure of [plain, profiled]) expect(figure).toMatchObject({ acknowledged: 3_000, lost: 0 });
      expect(parts.map(([part]) => part)).toContain('HTTP client (undici)');
    }
    expect(profiles[1]?.parts.map(([part]) => part)).toEqual(expect.arrayContaining(['dispatch', 'log', 'ingress']));
    const page = readFileSync(file, 'utf8');
    expect(page).not.toMatch(/(src|href)=|import\(|fetch\(/);
    const data = /const \{ events, parts, graphs \} = (.*);$/m.exec(page)?.[1] ?? '';
    const { graphs } = JSON.parse(data) as { graphs: readonly { thread: string; root: readonly unknown[] }[] };
    expect(graphs[0]?.thread).toBe('main thread');
    expect(graphs[0]?.root[3]).toBeGreaterThan(0);
    expect(data).toContain('packages/channel/');
    expect(data).not.toContain('file://');
  } finally {
    folder.remove();
  }
});

let nodes = 0;
const frame = (functionName: string, url: string): ProfileNode => ({
  id: nodes++,
  callFrame: { functionName, url, lineNumber: 0 },
});
const clone = 'file:///somewhere/packages';

test.each<[string, readonly ProfileNode[]]>([
  ['idle', [frame('(idle)', '')]],
  ['garbage collection', [frame('(garbage collector)', ''), frame('x', `${clone}/channel/src/dispatch/fly.ts`)]],
  ['dispatch', [frame('x', `${clone}/channel/src/dispatch/fly.ts`), frame('y', `${clone}/broker/src/ingress/a.ts`)]],
  ['settling and commits', [frame('x', `${clone}/channel/dist/dispatch/committer.js`)]],
  ['log', [frame('copy', ''), frame('concat', 'node:buffer'), frame('x', `${clone}/channel/src/log/frame.ts`)]],
  ['matching', [frame('x', `${clone}/api/src/cesql/evaluate.ts`)]],
  ['matching', [frame('x', `${clone}/broker/src/matching/trigger-index.ts`)]],
  ['delivery, our part', [frame('x', `${clone}/runtime/src/http/client/pool.ts`)]],
  ['everything else of millrace', [frame('x', `${clone}/controller/src/queue/work-queue.ts`)]],
  [
    'socket writes: the post',
    [frame('writev', ''), frame('_writev', 'node:net'), frame('write', 'file:///n/node_modules/undici/lib/client.js')],
  ],
  ['socket writes: the 202', [frame('writeLatin1String', ''), frame('end', 'node:_http_outgoing')]],
  ['HTTP server (node:http)', [frame('end', 'node:_http_outgoing'), frame('x', `${clone}/broker/src/ingress/a.ts`)]],
  ['everything else', [frame('x', 'file:///elsewhere/y.js')]],
])('%s', (part, stack) => {
  expect(partOf(stack)).toBe(part);
});

test('a sample stands for the time until the next one', () => {
  const profile: CpuProfile = { nodes: [], samples: [1, 2, 1], timeDeltas: [5, 10, 20] };
  expect([...selfTimes(profile)]).toEqual([
    [1, 10],
    [2, 20],
  ]);
});
