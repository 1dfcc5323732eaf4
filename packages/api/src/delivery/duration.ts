/**
 * Durations as manifests write them: ISO 8601, `P[nY][nM][nW][nD][T[nH][nM][nS]]`.
 *
 * Source: reference section 4.1 (syntax) and design section 7 (full precision, where Knative keeps one decimal digit).
 */

export type DurationResult =
  | { readonly kind: 'ok'; readonly ms: number }
  | { readonly kind: 'error'; readonly message: string };

const secondMs = 1_000n;
const minuteMs = 60n * secondMs;
const hourMs = 60n * minuteMs;
const dayMs = 24n * hourMs;
/** A year and a month have the average length of the Gregorian calendar: 365.2425 days, and a twelfth of that. */
const yearMs = (dayMs * 3_652_425n) / 10_000n;
const monthMs = yearMs / 12n;

const dateUnits: ReadonlyMap<string, bigint> = new Map([
  ['Y', yearMs],
  ['M', monthMs],
  ['W', 7n * dayMs],
  ['D', dayMs],
]);
const timeUnits: ReadonlyMap<string, bigint> = new Map([
  ['H', hourMs],
  ['M', minuteMs],
  ['S', secondMs],
]);

/** No duration anybody means is longer to write. Keeps the arithmetic on whole digits small. */
const textLengthMax = 64;

/** A hundred years: added to any date it is still a date, and as a number it is still exact to the microsecond. */
export const durationMsMax = Number(100n * yearMs);

const shapePattern = /^([+-]?)P([^T]*)(?:T(.+))?$/s;
const partPattern = /(\d+)(?:[.,](\d+))?([A-Z])/y;

function failure(text: string, reason: string): DurationResult {
  const shown = text.length > textLengthMax ? `${text.slice(0, textLengthMax)}…` : text;
  return { kind: 'error', message: `${JSON.stringify(shown)} is not an ISO 8601 duration such as PT0.2S: ${reason}` };
}

/** A sum of parts as an exact fraction `numerator / denominator` of milliseconds. */
interface Sum {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Adds up the parts of one half (date or time). Gives the reason as text when the half is malformed. */
function addParts(text: string, units: ReadonlyMap<string, bigint>, before: Sum): Sum | string {
  const order = [...units.keys()];
  let { numerator, denominator } = before;
  let position = 0;
  let rank = -1;
  while (position < text.length) {
    if (denominator !== 1n) return 'only the last unit may have a fraction';
    partPattern.lastIndex = position;
    const part = partPattern.exec(text);
    if (part === null) return `expected a number and a unit at ${JSON.stringify(text.slice(position))}`;
    const [whole, digits = '', fraction = '', unit = ''] = part;
    const factor = units.get(unit);
    if (factor === undefined) return `unknown unit ${JSON.stringify(unit)}`;
    const nextRank = order.indexOf(unit);
    if (nextRank <= rank) return `unit ${JSON.stringify(unit)} is repeated or out of order`;
    rank = nextRank;
    denominator = 10n ** BigInt(fraction.length);
    numerator = numerator * denominator + BigInt(digits + fraction) * factor;
    position += whole.length;
  }
  return { numerator, denominator };
}

/**
 * Reads a duration. Years and months count with average lengths; a fraction is allowed on the last unit, with `.` or `,`;
 * a leading sign applies to the whole; `P0` is zero.
 *
 * @returns milliseconds, exact (a fraction of a millisecond stays), or an error that quotes the text.
 */
export function parseDuration(text: string): DurationResult {
  if (text.length > textLengthMax) return failure(text, `longer than ${textLengthMax} characters`);
  const shape = shapePattern.exec(text);
  if (shape === null) return failure(text, 'it begins with P, and T comes before hours, minutes and seconds');
  const [, sign = '', date = '', time] = shape;
  if (date === '0' && time === undefined) return { kind: 'ok', ms: 0 };
  if (date === '' && time === undefined) return failure(text, 'it names no unit');

  const days = addParts(date, dateUnits, { numerator: 0n, denominator: 1n });
  if (typeof days === 'string') return failure(text, days);
  const total = addParts(time ?? '', timeUnits, days);
  if (typeof total === 'string') return failure(text, total);

  const whole = total.numerator / total.denominator;
  const rest = total.numerator % total.denominator;
  const ms = Number(whole) + Number(rest) / Number(total.denominator);
  if (ms > durationMsMax) return failure(text, 'longer than a hundred years');
  return { kind: 'ok', ms: sign === '-' && ms !== 0 ? -ms : ms };
}
