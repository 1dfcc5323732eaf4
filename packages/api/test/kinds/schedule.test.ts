/** Schedules: reference 6.1, row "schedule" and row "timezone". */
import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../src/kinds/index.ts';

function patternOf(schedule: string, timezone?: string): string {
  const parsed = parseSchedule(schedule, timezone);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.pattern;
}

function nextAfter(schedule: string, from: string, timezone = 'UTC'): string | undefined {
  const parsed = parseSchedule(schedule, timezone);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  const options = { mode: '5-or-6-parts' as const, ...(parsed.timeZone ? { timezone: parsed.timeZone } : {}) };
  return new Cron(parsed.pattern, options).nextRun(new Date(from))?.toISOString();
}

describe('6.1: "optional leading seconds field, five standard fields, descriptors; ? accepted"', () => {
  it.each([
    ['* * * * *', '* * * * *'],
    ['*/5 * * * *', '*/5 * * * *'],
    ['10 0/1 * * * ?', '10 0-59/1 * * * *'],
    ['0 0 1 1 ?', '0 0 1 1 *'],
    ['0 9-17/2 * JAN,MAR MON-FRI', '0 9-17/2 * JAN,MAR MON-FRI'],
    ['@hourly', '0 * * * *'],
    ['@midnight', '0 0 * * *'],
    ['@yearly', '0 0 1 1 *'],
    ['  0   0 * * *  ', '0 0 * * *'],
  ])('%j is %j for croner', (schedule, pattern) => {
    expect(patternOf(schedule)).toBe(pattern);
  });

  it('six fields begin with seconds', () => {
    expect(nextAfter('10 0/1 * * * ?', '2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:10.000Z');
    expect(nextAfter('5/15 * * * * *', '2026-01-01T00:00:21Z')).toBe('2026-01-01T00:00:35.000Z');
  });

  it('a time zone decides when a day begins', () => {
    expect(nextAfter('0 0 * * *', '2026-01-01T12:00:00Z', 'Asia/Tokyo')).toBe('2026-01-01T15:00:00.000Z');
  });
});

describe('6.1: "inline CRON_TZ=/TZ= in schedule also works"', () => {
  it.each(['CRON_TZ=Europe/Paris 0 0 * * *', 'TZ=Europe/Paris @daily'])('%s', (schedule) => {
    expect(parseSchedule(schedule)).toEqual({ kind: 'ok', pattern: '0 0 * * *', timeZone: 'Europe/Paris' });
  });

  it('not together with timezone', () => {
    expect(parseSchedule('TZ=UTC * * * * *', 'Europe/Paris')).toMatchObject({ kind: 'error', field: 'schedule' });
  });

  it('Local and nothing are the zone of the process', () => {
    expect(parseSchedule('* * * * *', 'Local')).toEqual({ kind: 'ok', pattern: '* * * * *' });
    expect(parseSchedule('* * * * *', '')).toEqual({ kind: 'ok', pattern: '* * * * *' });
  });
});

describe('what is refused', () => {
  it('6.1: "any text with @every is refused (unsupported descriptor @every)"', () => {
    expect(parseSchedule('@every 1h')).toEqual({
      kind: 'error',
      field: 'schedule',
      message: 'unsupported descriptor @every',
    });
  });

  it.each(['Mars/Olympus', '+01:00', 'UTC; rm', '../etc'])('6.1: a bad zone is an error of timezone: %s', (zone) => {
    const message = `provided bad location ${zone}: unknown time zone ${zone}`;
    expect(parseSchedule('* * * * *', zone)).toEqual({ kind: 'error', field: 'timezone', message });
  });

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 32 * *',
    '* * * 13 *',
    '5-1 * * * *',
    '*/0 * * * *',
    '1,,2 * * * *',
    'a b c d e',
    '@reboot',
    '@fortnightly',
    '* * L * *',
    '* * * * FRI#2',
    '* * 15W * *',
    '2026-01-01T00:00:00Z',
    'every minute of the day',
    // Sunday is 0: in a cluster the field ends at 6.
    '0 0 * * 7',
    '0 0 * * 5-7',
  ])('%j', (schedule) => {
    expect(parseSchedule(schedule)).toMatchObject({ kind: 'error', field: 'schedule' });
  });

  it('a value out of range: the field, its value and the range are told', () => {
    expect(parseSchedule('0 0 32 * *')).toMatchObject({
      message: 'failed to parse day of month field "32": expected values from 1 to 31',
    });
  });
});
