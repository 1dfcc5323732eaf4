import { expect, test } from 'vitest';
import { type BannerFacts, bannerLines, readyLine } from '../../src/banner/banner.ts';
import { colorsFor } from '../../src/terminal/color.ts';

const facts: BannerFacts = {
  version: '0.1.0',
  nodeVersion: '26.1.0',
  objects: [
    { kind: 'Broker', count: 2 },
    { kind: 'Trigger', count: 3 },
  ],
  files: ['examples/'],
  brokers: [{ name: 'default/orders', url: 'http://localhost:8090/default/orders' }],
  channels: [],
  dataUrl: 'http://localhost:8090',
  apiUrl: 'http://localhost:8001',
  dataDir: '.millrace',
  log: 'local',
  eventsKept: 1_204,
  bytesKept: 2_000_000,
  pid: 4711,
  readyMs: 400,
  warnings: ['port 8080 is held by node (pid 4100); using 8090. --port 8080 would fail instead'],
};

test('on a terminal: objects, warnings, addresses, the data directory and what is kept in it, and what to try', () => {
  const text = bannerLines(facts, { terminal: true, colors: colorsFor('never', {}, true) }).join('\n');
  expect(text).toContain('✓ 5 objects from examples/ (2 brokers, 3 triggers)');
  expect(text).toContain('! port 8080 is held by node (pid 4100); using 8090');
  expect(text).toContain('Send     http://localhost:8090/default/orders');
  expect(text).toContain('Data     .millrace (1,204 events kept, 1.9 MiB, durable)');
  expect(text).toContain('npx millrace send orders --type order.created --data \'{"id":1}\'');
});

test('the memory log says that it keeps nothing', () => {
  const text = bannerLines({ ...facts, log: 'memory' }, { terminal: true, colors: colorsFor('never', {}, true) }).join(
    '\n',
  );
  expect(text).toContain('in memory: gone when this process ends');
});

test('without a terminal: the same facts as key=value lines, no symbols', () => {
  const lines = bannerLines(facts, { terminal: false, colors: colorsFor('never', {}, false) });
  expect(lines.every((line) => line.startsWith('millrace: '))).toBe(true);
  expect(lines.join('\n')).toContain('durable=true events=1204');
  expect(lines.join('\n')).not.toMatch(/[✓→↻✗]/);
});

test('the ready line is stable: scripts wait for it', () => {
  expect(readyLine(facts)).toBe(
    'millrace: ready data=http://localhost:8090 api=http://localhost:8001 pid=4711 in=0.40s',
  );
});
