/** Durations: the syntax of reference 4.1 with the precision of design 7 ("durations: full precision"). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMsMax, parseDuration } from '../../src/delivery/index.ts';

function msOf(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.ms;
}

const DAY = 86_400_000;

describe('4.1: "upper-case P…T…, weeks, P0, leading -/+, . or , as decimal mark"', () => {
  it.each([
    ['P0', 0],
    ['PT0S', 0],
    ['-PT0S', 0],
    ['PT1S', 1_000],
    ['PT1M', 60_000],
    ['PT1H', 3_600_000],
    ['P1D', DAY],
    ['P2W', 14 * DAY],
    ['P1W1D', 8 * DAY],
    ['P1DT2H3M4S', DAY + 2 * 3_600_000 + 3 * 60_000 + 4_000],
    ['+PT5S', 5_000],
    ['-PT5S', -5_000],
    ['PT0,5S', 500],
    ['PT36H', 36 * 3_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(msOf(text)).toBe(ms);
  });

  it('"months and years use average lengths": twelve months are a year of 365.2425 days', () => {
    expect(msOf('P1Y')).toBe(365.2425 * DAY);
    expect(msOf('P12M')).toBe(msOf('P1Y'));
  });
});

describe('design 7: "full precision", where Knative keeps one decimal digit', () => {
  it.each([
    ['PT0.25S', 250],
    ['PT0.05S', 50],
    ['PT0.001S', 1],
    ['PT1.1S', 1_100],
    ['PT0.29S', 290],
    ['PT0.0005S', 0.5],
    ['PT1.5M', 90_000],
    ['P0.5D', DAY / 2],
    ['PT1H0.5M', 3_630_000],
  ])('%s is %d ms', (text, ms) => {
    expect(msOf(text)).toBe(ms);
  });
});

describe('what is no duration is an error that quotes the text', () => {
  it.each([
    '',
    'P',
    'PT',
    'P1',
    'PT1',
    '1S',
    'pt1s',
    'PT1s',
    'P1S',
    'PT1D',
    'P1H',
    'PT1.5M3S',
    'P1.5DT1H',
    'PT.5S',
    'PT1.S',
    'PT1S1M',
    'PT1S1S',
    'P1M1Y',
    'PT 1S',
    'PT1S ',
    'PT-1S',
    '--PT1S',
    'PT1ST1S',
    '5s',
    'PT1e3S',
    'PT٣S',
    'PT1S\n',
  ])('%j', (text) => {
    const parsed = parseDuration(text);
    expect(parsed).toMatchObject({ kind: 'error', message: expect.stringContaining(JSON.stringify(text)) });
  });

  it('a hundred years is the limit, and no text overflows', () => {
    expect(msOf('P100Y')).toBe(durationMsMax);
    expect(parseDuration('P101Y').kind).toBe('error');
    expect(parseDuration(`P${'9'.repeat(50)}Y`).kind).toBe('error');
    expect(parseDuration(`PT0.${'0'.repeat(100_000)}1S`)).toMatchObject({ kind: 'error' });
  });
});

describe('properties', () => {
  it('a duration written from whole milliseconds reads as those', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000_000 }), (ms) => {
        const seconds = `${Math.floor(ms / 1_000)}.${String(ms % 1_000).padStart(3, '0')}`;
        expect(msOf(`PT${seconds}S`)).toBe(ms);
        expect(msOf(`-PT${seconds}S`) + 0).toBe(ms === 0 ? 0 : -ms);
      }),
    );
  });

  it('the parts add up, whichever are there', () => {
    const part = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(part, part, part, part, part, (weeks, days, hours, minutes, seconds) => {
        const sum = msOf(`P${weeks}W`) + msOf(`P${days}D`) + msOf(`PT${hours}H`) + msOf(`PT${minutes}M`);
        expect(msOf(`P${weeks}W${days}DT${hours}H${minutes}M${seconds}S`)).toBe(sum + seconds * 1_000);
      }),
    );
  });

  it('no text makes it throw or give a number that is not finite', () => {
    const text = fc.string({ unit: fc.constantFrom(...'PT0123456789YMWDHS.,+- x'), maxLength: 80 });
    fc.assert(
      fc.property(text, (anything) => {
        const parsed = parseDuration(anything);
        const fine = parsed.kind === 'error' || (Number.isFinite(parsed.ms) && Math.abs(parsed.ms) <= durationMsMax);
        expect(fine).toBe(true);
      }),
    );
  });
});
