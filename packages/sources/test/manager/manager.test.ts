import type { SourceRoute } from '@millrace/api';
import { systemClock } from '@millrace/runtime';
import { SeededRandom } from '@millrace/testkit';
import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../src/emit/index.ts';
import { sign } from '../../src/github/index.ts';
import { createSourceManager } from '../../src/manager/index.ts';
import { testPorts } from '../support/ports.ts';
import { cronJobRoute, gitHubRoute, pingRoute, secret } from '../support/routes.ts';
import { startSink } from '../support/sink.ts';

const minute = 60_000;

function managed() {
  const ports = testPorts();
  return { ports, manager: createSourceManager(ports) };
}

const push = { method: 'POST', path: '/github/ns/hooks', body: Buffer.from('{}') };
const headers = {
  'content-type': 'application/json',
  'x-github-event': 'push',
  'x-github-delivery': 'd',
  'x-hub-signature-256': sign(secret, push.body),
};

describe('apply', () => {
  it('starts what is new, of every kind', async () => {
    const { ports, manager } = managed();
    manager.apply([pingRoute(), cronJobRoute(), gitHubRoute()]);
    expect(manager.views().map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'PingSource running',
      'CronJobSource running',
      'GitHubSource running',
    ]);
    await ports.clock.advance(15 * minute);
    expect(await manager.receive({ ...push, headers })).toMatchObject({ statusCode: 202 });
    expect(manager.views().map(({ sent }) => sent > 0)).toEqual([true, true, true]);
  });

  it('touches nothing that stays as it is, in whatever order routes come', async () => {
    const { ports, manager } = managed();
    const routes: SourceRoute[] = [pingRoute(), cronJobRoute(), gitHubRoute()];
    manager.apply(routes);
    await ports.clock.advance(90_000);
    const before = manager.views();
    manager.apply(structuredClone(routes).reverse());
    expect(manager.views()).toEqual(before);
    await ports.clock.advance(minute);
    expect(manager.views()[0]?.sent).toBe(2);
  });

  it('changes what differs, keeping its account', async () => {
    const { ports, manager } = managed();
    manager.apply([pingRoute()]);
    await ports.clock.advance(90_000);
    manager.apply([pingRoute({ schedule: '*/10 * * * * *' }, { revision: 2 })]);
    await ports.clock.advance(10_500);
    expect(manager.views()).toMatchObject([{ kind: 'PingSource', sent: 2, state: 'running' }]);
  });

  it('stops what is gone; what it had under way is still sent', async () => {
    const { ports, manager } = managed();
    manager.apply([pingRoute(), gitHubRoute()]);
    await ports.clock.advance(minute);
    expect(ports.emitter.emissions).toHaveLength(0);
    manager.apply([]);
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(manager.views()).toEqual([]);
    await ports.clock.advance(10 * minute);
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(await manager.receive({ ...push, headers })).toMatchObject({ statusCode: 404 });
    expect([...ports.metrics.families()].flatMap(({ series }) => [...series.values()])).toEqual([]);
  });

  it('an object made anew under the same name is another source', async () => {
    const { ports, manager } = managed();
    manager.apply([gitHubRoute()]);
    await manager.receive({ ...push, headers });
    manager.apply([gitHubRoute({ uid: 'another', secretToken: 'new' })]);
    expect(await manager.receive({ ...push, headers })).toMatchObject({ statusCode: 400 });
    expect(manager.views()).toMatchObject([{ kind: 'GitHubSource', sent: 0 }]);
    await ports.clock.advance(0);
    expect([...ports.metrics.families()].flatMap(({ series }) => [...series.values()])).toHaveLength(1);
  });
});

describe('paths', () => {
  it('of receivers are told from those of brokers', () => {
    const { manager } = managed();
    expect(['/github/ns/hooks', '/github/ns/hooks/'].map((path) => manager.receives(path))).toEqual([true, true]);
    const others = ['/github/hooks', '/ns/github/hooks', '/github/ns/hooks/more', '/github/', '/'];
    expect(others.filter((path) => manager.receives(path))).toEqual([]);
  });

  it('of no source: 404 with the reason', async () => {
    const { manager } = managed();
    manager.apply([gitHubRoute()]);
    const result = await manager.receive({ ...push, path: '/github/ns/nobody', headers });
    expect(result.statusCode).toBe(404);
    expect(JSON.parse(result.body).error).toContain('/github/ns/nobody');
    expect(await manager.receive({ ...push, path: '/github/ns/hooks/', headers })).toMatchObject({ statusCode: 202 });
  });
});

describe('stop', () => {
  it('sends what is under way, closes the emitter, and starts nothing afterwards', async () => {
    const { ports, manager } = managed();
    manager.apply([pingRoute()]);
    await ports.clock.advance(minute);
    expect(await manager.stop(1_000)).toBe(0);
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(ports.emitter.closed).toBe(true);
    manager.apply([cronJobRoute()]);
    await ports.clock.advance(60 * minute);
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(ports.clock.pending).toBe(0);
  });

  it('against a sink that hangs: reports what could not be sent, within its limit', async () => {
    const sink = await startSink(() => {});
    const emitter = createEmitter({ clock: systemClock, random: new SeededRandom(1) });
    const manager = createSourceManager({ ...testPorts(), emitter });
    manager.apply([gitHubRoute({ sinkUri: sink.url })]);
    const answering = manager.receive({ ...push, headers });
    expect(await manager.stop(50)).toBe(1);
    expect(await answering).toMatchObject({ statusCode: 503 });
    await sink.close();
  });
});
