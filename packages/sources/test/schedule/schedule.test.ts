import { describe, expect, it } from 'vitest';
import { readSchedule } from '../../src/schedule/index.ts';

function runs(text: string, timezone: string | undefined, afterIso: string, count: number): string[] {
  const read = readSchedule(text, timezone);
  if (read.kind === 'error') return [read.reason];
  const times: string[] = [];
  let after = Date.parse(afterIso);
  for (let i = 0; i < count; i++) {
    const next = read.schedule.next(after);
    if (next === undefined) break;
    times.push(new Date(next).toISOString().replace('.000Z', 'Z'));
    after = next;
  }
  return times;
}

describe('schedules (reference 6.1)', () => {
  it.each([
    ['*/20 * * * *', 'UTC', ['2026-03-07T12:20:00Z', '2026-03-07T12:40:00Z', '2026-03-07T13:00:00Z']],
    // Six fields: seconds first.
    ['10 0/1 * * * ?', 'UTC', ['2026-03-07T12:00:10Z', '2026-03-07T12:01:10Z', '2026-03-07T12:02:10Z']],
    ['*/30 * * * * *', 'UTC', ['2026-03-07T12:00:30Z', '2026-03-07T12:01:00Z', '2026-03-07T12:01:30Z']],
    ['@hourly', 'UTC', ['2026-03-07T13:00:00Z', '2026-03-07T14:00:00Z', '2026-03-07T15:00:00Z']],
    ['@daily', 'Asia/Tokyo', ['2026-03-07T15:00:00Z', '2026-03-08T15:00:00Z', '2026-03-09T15:00:00Z']],
    ['@midnight', 'UTC', ['2026-03-08T00:00:00Z', '2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z']],
    ['@weekly', 'UTC', ['2026-03-08T00:00:00Z', '2026-03-15T00:00:00Z', '2026-03-22T00:00:00Z']],
    ['@monthly', 'UTC', ['2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z']],
    ['@yearly', 'UTC', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z', '2029-01-01T00:00:00Z']],
    ['@annually', 'UTC', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z', '2029-01-01T00:00:00Z']],
    // The zone before the schedule, as Knative hands it to its cron library.
    [
      'CRON_TZ=Asia/Kolkata 0 9 * * *',
      undefined,
      ['2026-03-08T03:30:00Z', '2026-03-09T03:30:00Z', '2026-03-10T03:30:00Z'],
    ],
    ['TZ=Asia/Kolkata 0 9 * * *', undefined, ['2026-03-08T03:30:00Z', '2026-03-09T03:30:00Z', '2026-03-10T03:30:00Z']],
    ['0 0 * FEB,apr sun', 'UTC', ['2026-04-05T00:00:00Z', '2026-04-12T00:00:00Z', '2026-04-19T00:00:00Z']],
    // Day of month and day of week both restricted: either will do.
    ['0 0 13 * 5', 'UTC', ['2026-03-13T00:00:00Z', '2026-03-20T00:00:00Z', '2026-03-27T00:00:00Z']],
    ['0 0 29 2 *', 'UTC', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z', '2036-02-29T00:00:00Z']],
    ['0 0 30 2 *', 'UTC', []],
  ])('%s in %s', (text, timezone, expected) => {
    expect(runs(text, timezone, '2026-03-07T12:00:00Z', 3)).toEqual(expected);
  });

  it.each([
    ['@every 5s', undefined, 'schedule: unsupported descriptor @every'],
    ['* * *', undefined, /^schedule: /],
    ['61 * * * *', undefined, /^schedule: /],
    ['* * * * *', 'Mars/Olympus', /^timezone: /],
  ])('%s in %s is refused with the field and the reason', (text, timezone, reason) => {
    expect(readSchedule(text, timezone)).toEqual({
      kind: 'error',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});

describe('when clocks change', () => {
  it('a fixed time in the missing hour runs at its end, once (New York, 8 March 2026)', () => {
    expect(runs('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00:00Z',
      '2026-03-09T06:30:00Z',
    ]);
  });

  it('a fixed time in the repeated hour runs the first time only (New York, 1 November 2026)', () => {
    expect(runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30:00Z',
      '2026-11-02T06:30:00Z',
    ]);
  });

  it('a list of fixed times is fixed too', () => {
    expect(runs('30 2,14 * * *', 'America/New_York', '2026-03-08T00:00:00Z', 2)).toEqual([
      '2026-03-08T07:00:00Z',
      '2026-03-08T18:30:00Z',
    ]);
  });

  it('an interval runs through both repeated hours and skips the missing one', () => {
    expect(runs('*/30 * * * *', 'America/New_York', '2026-11-01T05:00:00Z', 4)).toEqual([
      '2026-11-01T05:30:00Z',
      '2026-11-01T06:00:00Z',
      '2026-11-01T06:30:00Z',
      '2026-11-01T07:00:00Z',
    ]);
    expect(runs('*/30 * * * *', 'America/New_York', '2026-03-08T06:30:00Z', 2)).toEqual([
      '2026-03-08T07:00:00Z',
      '2026-03-08T07:30:00Z',
    ]);
  });

  it('a change by half an hour counts as well (Lord Howe, 4 October 2026)', () => {
    expect(runs('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual([
      '2026-10-03T15:30:00Z',
      '2026-10-04T15:15:00Z',
    ]);
  });

  it('midnight that does not exist runs at the first time of the day (São Paulo, 4 November 2018)', () => {
    expect(runs('@daily', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2)).toEqual([
      '2018-11-04T03:00:00Z',
      '2018-11-05T02:00:00Z',
    ]);
  });
});
