import { describe, expect, it } from 'vitest';
import { start, toEvent } from '../../src/cronjob/index.ts';
import { testPorts, text } from '../support/ports.ts';
import { cronJobRoute } from '../support/routes.ts';

function made(route = cronJobRoute()) {
  const result = toEvent(route, { id: 'id-1', timeMs: Date.parse('2026-05-06T07:08:09.010Z') });
  if (result.kind === 'invalid') throw new Error(result.message);
  return result.event;
}

describe('CronJobSource (reference 6.13)', () => {
  it('emits type dev.knative.cronjob.event from its own path, as JSON', () => {
    expect({ ...made(cronJobRoute({}, { ceOverrides: { team: 'a' } })).attributes }).toEqual({
      id: 'id-1',
      source: '/apis/v1/namespaces/ns/cronjobsources/old',
      type: 'dev.knative.cronjob.event',
      time: '2026-05-06T07:08:09.010Z',
      datacontenttype: 'application/json',
      team: 'a',
    });
  });

  it.each([
    ['{"a": 1.0,\n "a":2}', '{"a": 1.0,\n "a":2}'],
    ['[12345678901234567890]', '[12345678901234567890]'],
    ['"text"', '"text"'],
    ['Hello "world"\n', '{"body":"Hello \\"world\\"\\n"}'],
    ['{broken', '{"body":"{broken"}'],
    ['', '{"body":""}'],
    [undefined, '{"body":""}'],
  ])('data %j is emitted as %s: JSON is the body, other text is wrapped', (data, expected) => {
    expect(text(made(cronJobRoute(data === undefined ? {} : { data })).data)).toBe(expected);
  });

  it('ticks when its schedule is due, not later', async () => {
    const ports = testPorts();
    const source = start(cronJobRoute(), ports);
    await ports.clock.advance(60 * 60_000);
    expect(ports.emitter.times).toEqual([
      '2026-01-01T00:15:00.000Z',
      '2026-01-01T00:30:00.000Z',
      '2026-01-01T00:45:00.000Z',
      '2026-01-01T01:00:00.000Z',
    ]);
    await source.stop();
    expect(source.view()).toMatchObject({ kind: 'CronJobSource', state: 'stopped', sent: 4 });
  });
});
