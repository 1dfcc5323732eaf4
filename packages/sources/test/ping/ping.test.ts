import type { Clock } from '@millrace/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { start, toEvent } from '../../src/ping/index.ts';
import { type TestPorts, testPorts, text } from '../support/ports.ts';
import { pingRoute } from '../support/routes.ts';

const tick = { id: 'id-1', timeMs: Date.parse('2026-05-06T07:08:09.010Z') };

function made(route = pingRoute()) {
  const result = toEvent(route, tick);
  if (result.kind === 'invalid') throw new Error(result.message);
  return result.event;
}

const minute = 60_000;
const failuresOf = (ports: TestPorts) => ports.logs.filter(({ level }) => level === 'error');

/** The clock of a machine that can sleep: the time of day goes on, timers do not. */
function sleeping(awake: Clock): { readonly clock: Clock; sleep(ms: number): void } {
  let skippedMs = 0;
  return {
    clock: {
      now: () => awake.now() + skippedMs,
      monotonic: () => awake.monotonic(),
      setTimer: awake.setTimer.bind(awake),
    },
    sleep: (ms) => {
      skippedMs = ms;
    },
  };
}

describe('the event (reference 6.1)', () => {
  it('has type, source, a random id and the time of the tick; no content type unless set; no data unless set', () => {
    const event = made();
    expect({ ...event.attributes }).toEqual({
      id: 'id-1',
      source: '/apis/v1/namespaces/ns/pingsources/tick',
      type: 'dev.knative.sources.ping',
      time: '2026-05-06T07:08:09.010Z',
    });
    expect(event.data).toBeUndefined();
  });

  it('keeps the bytes of data verbatim', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (data) => {
        expect(text(made(pingRoute({ data, contentType: 'text/plain' })).data)).toBe(data);
      }),
      { seed: 61 },
    );
    const json = '{ "a" : 1.0, "a":12345678901234567890 }';
    const event = made(pingRoute({ data: json, contentType: 'application/json' }));
    expect(text(event.data)).toBe(json);
    expect(event.attributes.datacontenttype).toBe('application/json');
  });

  it('decodes dataBase64 to bytes that need not be text', () => {
    const bytes = Buffer.from([0, 255, 254, 13, 10]);
    expect(made(pingRoute({ dataBase64: bytes.toString('base64') })).data).toEqual(bytes);
  });

  it('sets ceOverrides last, as extensions, and never what makes the event this event', () => {
    const event = made(pingRoute({}, { ceOverrides: { team: 'a b', Shift: 'late', type: 'x', id: 'y', time: 'z' } }));
    expect(event.attributes).toMatchObject({
      team: 'a b',
      shift: 'late',
      type: 'dev.knative.sources.ping',
      id: 'id-1',
      time: '2026-05-06T07:08:09.010Z',
    });
  });
});

describe('ticks', () => {
  it('come when the schedule is due, each put off by less than 500 ms, at random', async () => {
    const ports = testPorts();
    const source = start(pingRoute(), ports);
    await ports.clock.advance(60 * minute + 500);
    const { emissions } = ports.emitter;
    expect(emissions).toHaveLength(60);
    const delays = emissions.map(({ atMs }) => atMs % minute);
    expect(Math.max(...delays)).toBeLessThan(500);
    expect(new Set(delays).size).toBeGreaterThan(30);
    // The event itself says when it was due.
    expect(emissions.map(({ event }) => event.attributes.time)[0]).toBe('2026-01-01T00:01:00.000Z');
    expect(new Set(emissions.map(({ event }) => event.attributes.id)).size).toBe(60);
    expect(emissions[0]).toMatchObject({ namespace: 'ns', sink: { url: 'http://sink.test/' } });
    await source.stop();
  });

  it('come at every second for a schedule of every second', async () => {
    const ports = testPorts('2026-01-01T00:00:00.400Z');
    start(pingRoute({ schedule: '* * * * * *' }), ports);
    await ports.clock.advance(10_500);
    expect(ports.emitter.events.map(({ attributes }) => attributes.time)).toEqual(
      Array.from({ length: 10 }, (_, i) => `2026-01-01T00:00:${String(i + 1).padStart(2, '0')}.000Z`),
    );
  });

  it('come for a schedule farther away than a Node timer reaches (24.8 days)', async () => {
    const ports = testPorts();
    const source = start(pingRoute({ schedule: '@yearly' }), ports);
    expect(source.view().nextAtMs).toBe(Date.UTC(2027, 0, 1));
    await ports.clock.advance(364 * 24 * 60 * minute);
    expect(ports.emitter.emissions).toHaveLength(0);
    await ports.clock.advance(24 * 60 * minute + 500);
    expect(ports.emitter.events.map(({ attributes }) => attributes.time)).toEqual(['2027-01-01T00:00:00.000Z']);
  }, 60_000);

  it('follow the zone when clocks change: one a day, also on the short and on the long day', async () => {
    for (const [startIso, expected] of [
      ['2026-03-07T12:00:00.000Z', ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z']],
      ['2026-10-31T12:00:00.000Z', ['2026-11-01T07:30:00.000Z', '2026-11-02T07:30:00.000Z']],
    ] as const) {
      const ports = testPorts(startIso);
      const source = start(pingRoute({ schedule: '30 2 * * *', timezone: 'America/New_York' }), ports);
      await ports.clock.advance(2 * 24 * 60 * minute);
      expect(ports.emitter.events.map(({ attributes }) => attributes.time)).toEqual(expected);
      await source.stop();
    }
  });

  it('after a machine slept: the last minute is caught up, what is older is passed over and logged', async () => {
    const ports = testPorts();
    const { clock, sleep } = sleeping(ports.clock);
    start(pingRoute({ schedule: '*/20 * * * * *' }), { ...ports, clock });
    await ports.clock.advance(21_000);
    expect(ports.emitter.emissions).toHaveLength(1);
    sleep(8 * 60 * minute);
    await ports.clock.advance(20_000);
    const times = ports.emitter.events.map(({ attributes }) => attributes.time);
    expect(times).toHaveLength(4);
    expect(ports.logs).toEqual([
      {
        level: 'warn',
        message: 'schedule passed over times while the process could not run',
        fields: { from: '2026-01-01T00:00:40.000Z', until: '2026-01-01T08:00:00.000Z' },
      },
    ]);
  });

  it('after a machine slept through one run of a rare schedule: it runs late, once', async () => {
    const ports = testPorts();
    const { clock, sleep } = sleeping(ports.clock);
    const source = start(pingRoute({ schedule: '0 3 * * *' }), { ...ports, clock });
    sleep(9 * 60 * minute);
    await ports.clock.advance(minute + 500);
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(source.view().nextAtMs).toBe(Date.UTC(2026, 0, 2, 3));
  });
});

describe('account', () => {
  it('a tick that could not be sent is counted, logged with its reason, and shown', async () => {
    const ports = testPorts();
    ports.emitter.outcome = { kind: 'refused', statusCode: 500, attempts: 6, reason: 'the sink answered 500' };
    const source = start(pingRoute(), ports);
    await ports.clock.advance(minute + 500);
    ports.emitter.outcome = { kind: 'sent', statusCode: 202, attempts: 1 };
    await ports.clock.advance(minute);
    expect(source.view()).toMatchObject({ sent: 1, unsent: 1, pending: 0, lastError: 'the sink answered 500' });
    expect(ports.logs).toMatchObject([
      {
        level: 'warn',
        message: 'event of a source was not sent',
        fields: { name: 'tick', outcome: 'refused', attempts: 6, reason: 'the sink answered 500' },
      },
    ]);
    const counters = [...ports.metrics.families()].map(({ name, series }) => [
      name,
      [...series.values()].map((each) => [each.labels, 'value' in each && each.value]),
    ]);
    const labels = { kind: 'PingSource', namespace: 'ns', name: 'tick' };
    expect(counters).toEqual([
      ['millrace.source.sent', [[labels, 1]]],
      ['millrace.source.unsent', [[{ ...labels, reason: 'refused' }, 1]]],
    ]);
  });

  it('without a sink its ticks are counted as unsent, and it goes on when there is one', async () => {
    const ports = testPorts();
    const { sinkUri: _, ...rest } = pingRoute();
    const source = start(rest, ports);
    await ports.clock.advance(minute + 500);
    expect(source.view()).toMatchObject({ sent: 0, unsent: 1 });
    source.update?.(pingRoute());
    await ports.clock.advance(minute);
    expect(source.view()).toMatchObject({ sent: 1, unsent: 1 });
  });

  it('a schedule that cannot be read: failed, with the reason, until it is repaired', async () => {
    const ports = testPorts();
    const source = start(pingRoute({ schedule: '@every 1m' }), ports);
    await ports.clock.advance(5 * minute);
    expect(source.view()).toMatchObject({ state: 'failed', reason: 'schedule: unsupported descriptor @every' });
    expect(failuresOf(ports)).toHaveLength(1);
    source.update?.(pingRoute());
    expect(source.view().state).toBe('running');
    await ports.clock.advance(minute + 500);
    expect(source.view().sent).toBe(1);
  });
});

describe('update and stop', () => {
  it('a change of anything but the schedule keeps the next due time; a tick on its way keeps its event', async () => {
    const ports = testPorts('2026-01-01T00:00:59.900Z');
    const source = start(pingRoute({ data: 'old' }), ports);
    await ports.clock.advance(100);
    source.update?.(pingRoute({ data: 'new' }, { sinkUri: 'http://other.test/', revision: 2 }));
    expect(source.view().nextAtMs).toBe(Date.UTC(2026, 0, 1, 0, 2));
    await ports.clock.advance(minute + 500);
    expect(ports.emitter.emissions.map(({ event, sink }) => [text(event.data), sink.url])).toEqual([
      ['old', 'http://other.test/'],
      ['new', 'http://other.test/'],
    ]);
  });

  it('a change of the schedule counts from now on; no tick is lost or doubled', async () => {
    const ports = testPorts();
    const source = start(pingRoute(), ports);
    await ports.clock.advance(90_000);
    source.update?.(pingRoute({ schedule: '30 * * * * *' }, { revision: 2 }));
    await ports.clock.advance(minute + 500);
    expect(ports.emitter.events.map(({ attributes }) => attributes.time)).toEqual([
      '2026-01-01T00:01:00.000Z',
      '2026-01-01T00:02:30.000Z',
    ]);
  });

  it('stop emits at once what waits for its spread, waits for it, and nothing comes after', async () => {
    const ports = testPorts();
    ports.emitter.hold = true;
    const source = start(pingRoute(), ports);
    await ports.clock.advance(minute);
    expect(ports.emitter.emissions).toHaveLength(0);
    let stopped = false;
    const stopping = source.stop().then(() => {
      stopped = true;
    });
    expect(ports.emitter.emissions).toHaveLength(1);
    await ports.clock.advance(10 * minute);
    expect(stopped).toBe(false);
    ports.emitter.release();
    await stopping;
    expect(ports.emitter.emissions).toHaveLength(1);
    expect(source.view()).toMatchObject({ state: 'stopped', sent: 1, pending: 0 });
    expect(ports.clock.pending).toBe(0);
  });
});
