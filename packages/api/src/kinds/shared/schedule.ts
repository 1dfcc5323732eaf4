/**
 * Cron schedules as Knative's sources take them: five fields, or six with seconds first, descriptors, a time zone.
 *
 * The grammar is that of robfig/cron, so that what is accepted here is accepted in a cluster: `L`, `W`, `#` and years,
 * which croner knows besides, are refused. croner checks what is left and computes the times.
 *
 * Source: reference section 6.1.
 */
import { CronPattern } from 'croner';

export type ScheduleResult =
  | {
      readonly kind: 'ok';
      /** For croner, in mode `5-or-6-parts`: descriptors, `?` and `n/step` are written out. */
      readonly pattern: string;
      /** IANA name; absent: the time zone of the process. */
      readonly timeZone?: string;
    }
  | { readonly kind: 'error'; readonly field: 'schedule' | 'timezone'; readonly message: string };

const descriptors: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** Name, lowest and highest value of each field, seconds first. */
const cronFields = [
  ['second', 0, 59],
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day of month', 1, 31],
  ['month', 1, 12],
  ['day of week', 0, 6],
] as const;

const inlineZone = /^(?:CRON_TZ|TZ)=(\S*)\s*/;
const valuePattern = '(?:\\d{1,2}|[A-Za-z]{3})';
const piecePattern = new RegExp(
  `^(?<range>[*?]|(?<low>${valuePattern})(?<high>-${valuePattern})?)(?<step>/\\d{1,4})?$`,
);

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w/+-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

function bad(message: string): ScheduleResult {
  return { kind: 'error', field: 'schedule', message };
}

/** One field in croner's dialect, or undefined when it is not of the grammar or out of range (croner takes 7 for Sunday). */
function translate(field: string, lowest: number, highest: number): string | undefined {
  const pieces: string[] = [];
  for (const piece of field.split(',')) {
    const groups = piecePattern.exec(piece)?.groups;
    if (groups === undefined) return undefined;
    const { range = '', low, high, step = '' } = groups;
    const numbers = (range.match(/\d+/g) ?? []).map(Number);
    if (numbers.some((number) => number < lowest || number > highest)) return undefined;
    if (range === '*' || range === '?') pieces.push(`*${step}`);
    else if (high === undefined && step !== '') pieces.push(`${low}-${highest}${step}`);
    else pieces.push(range + step);
  }
  return pieces.join(',');
}

/**
 * Reads a schedule. A zone may stand in `timezone` or before the schedule as `CRON_TZ=…` or `TZ=…`, not in both. `Local`
 * is the zone of the process.
 */
export function parseSchedule(schedule: string, timezone?: string): ScheduleResult {
  if (schedule.includes('@every')) return bad('unsupported descriptor @every');
  const inline = inlineZone.exec(schedule.trim());
  if (inline !== null && (timezone ?? '') !== '') {
    return bad('the time zone is given twice: in the schedule and in timezone');
  }
  const zone = inline === null ? (timezone ?? '') : (inline[1] ?? '');
  if (zone !== '' && zone !== 'Local' && !isTimeZone(zone)) {
    return { kind: 'error', field: 'timezone', message: `provided bad location ${zone}: unknown time zone ${zone}` };
  }
  const text = inline === null ? schedule.trim() : schedule.trim().slice(inline[0].length);
  if (text === '') return bad('empty spec string');
  const expanded = text.startsWith('@') ? descriptors.get(text) : text;
  if (expanded === undefined) return bad(`unrecognized descriptor: ${text}`);

  const words = expanded.split(/\s+/);
  if (words.length < 5 || words.length > 6) {
    return bad(`expected 5 to 6 fields, found ${words.length}: [${words.join(' ')}]`);
  }
  const fields = cronFields.slice(cronFields.length - words.length);
  const translated: string[] = [];
  for (const [index, [name, lowest, highest]] of fields.entries()) {
    const word = words[index] ?? '';
    const field = translate(word, lowest, highest);
    if (field === undefined) {
      const expected = `expected values from ${lowest} to ${highest}`;
      return bad(`failed to parse ${name} field ${JSON.stringify(word)}: ${expected}`);
    }
    translated.push(field);
  }
  const pattern = translated.join(' ');
  try {
    new CronPattern(pattern, undefined, { mode: '5-or-6-parts' });
  } catch (error) {
    return bad(error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error));
  }
  return zone === '' || zone === 'Local' ? { kind: 'ok', pattern } : { kind: 'ok', pattern, timeZone: zone };
}
