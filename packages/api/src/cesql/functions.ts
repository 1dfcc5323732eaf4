/**
 * The built-in functions of CESQL. Positions and lengths count Unicode code points.
 * Source: CloudEvents SQL Expression Language 1.0, section 3.5; the casting functions INT, BOOL, STRING, IS_INT and
 * IS_BOOL are those of its conformance tests.
 */
import { attributeCharsMax } from '../event/limits.ts';
import type { CesqlErrorKind, CesqlType, CesqlValue } from './value.ts';
import { castTo, integerMax, integerMin, shownText, zeroOf } from './value.ts';

/**
 * UTF-16 units that CONCAT and CONCAT_WS put together, at most: twice what all attributes of an event may hold. Without a
 * limit an expression that names one long attribute thousands of times would make a text of half a gigabyte.
 */
const concatLengthMax = 2 * attributeCharsMax;

/** What a function gives when it fails: a value of its return type all the same (section 3.5.3). */
interface FunctionFailure {
  readonly kind: CesqlErrorKind;
  readonly message: string;
  readonly value: CesqlValue;
}

type Call = (args: readonly CesqlValue[]) => CesqlValue | FunctionFailure;

export interface CesqlFunction {
  /** Types that arguments are cast to; `Any` takes them as they are. */
  readonly parameters: readonly (CesqlType | 'Any')[];
  /** Type of further arguments; absent where there can be none. */
  readonly rest?: CesqlType;
  readonly returns: CesqlType;
  readonly call: Call;
}

/** The function of that name (upper case) that takes so many arguments. */
export function findFunction(name: string, argumentCount: number): CesqlFunction | undefined {
  return builtIn
    .get(name)
    ?.find(({ parameters, rest }) =>
      rest === undefined ? parameters.length === argumentCount : parameters.length <= argumentCount,
    );
}

export function hasFunction(name: string): boolean {
  return builtIn.has(name);
}

const builtIn: ReadonlyMap<string, readonly CesqlFunction[]> = new Map<string, readonly CesqlFunction[]>([
  ['LENGTH', [of(['String'], 'Integer', ([x]) => lengthOf(text(x)))]],
  ['CONCAT', [{ parameters: [], rest: 'String', returns: 'String', call: (args) => concat('CONCAT', args, '') }]],
  [
    'CONCAT_WS',
    [
      {
        parameters: ['String'],
        rest: 'String',
        returns: 'String',
        call: ([separator, ...parts]) => concat('CONCAT_WS', parts, text(separator)),
      },
    ],
  ],
  ['LOWER', [of(['String'], 'String', ([x]) => text(x).toLowerCase())]],
  ['UPPER', [of(['String'], 'String', ([x]) => text(x).toUpperCase())]],
  ['TRIM', [of(['String'], 'String', ([x]) => trim(text(x)))]],
  ['LEFT', [of(['String', 'Integer'], 'String', ([x, count]) => left(text(x), integer(count)))]],
  ['RIGHT', [of(['String', 'Integer'], 'String', ([x, count]) => right(text(x), integer(count)))]],
  [
    'SUBSTRING',
    [
      of(['String', 'Integer'], 'String', ([x, position]) => substring(text(x), integer(position), integerMax)),
      of(['String', 'Integer', 'Integer'], 'String', ([x, position, length]) =>
        substring(text(x), integer(position), integer(length)),
      ),
    ],
  ],
  ['ABS', [of(['Integer'], 'Integer', ([x]) => absolute(integer(x)))]],
  ['INT', [castFunction('Integer')]],
  ['BOOL', [castFunction('Boolean')]],
  ['STRING', [castFunction('String')]],
  ['IS_INT', [of(['Any'], 'Boolean', ([x]) => castTo('Integer', x ?? '') !== undefined)]],
  ['IS_BOOL', [of(['Any'], 'Boolean', ([x]) => castTo('Boolean', x ?? '') !== undefined)]],
]);

function of(parameters: readonly (CesqlType | 'Any')[], returns: CesqlType, call: Call): CesqlFunction {
  return { parameters, returns, call };
}

function castFunction(type: CesqlType): CesqlFunction {
  return of(['Any'], type, ([x]) => {
    const value = castTo(type, x ?? '');
    if (value !== undefined) return value;
    return { kind: 'cast', message: `"${shownText(String(x))}" cannot be cast to ${type}`, value: zeroOf(type) };
  });
}

// Arguments are cast before the call, so that these two only tell the compiler what is known.
function text(value: CesqlValue | undefined): string {
  return String(value);
}

function integer(value: CesqlValue | undefined): number {
  return Number(value);
}

function concat(name: string, parts: readonly CesqlValue[], separator: string): CesqlValue | FunctionFailure {
  let length = separator.length * Math.max(0, parts.length - 1);
  for (const part of parts) length += text(part).length;
  if (length <= concatLengthMax) return parts.join(separator);
  const message = `${name} gives at most ${concatLengthMax} characters, not ${length}`;
  return { kind: 'functionEvaluation', message, value: '' };
}

function absolute(x: number): CesqlValue | FunctionFailure {
  if (x !== integerMin) return Math.abs(x);
  return { kind: 'math', message: `ABS(${x}) is beyond the largest integer`, value: integerMax };
}

function left(x: string, count: number): CesqlValue | FunctionFailure {
  if (count < 0) return negative('LEFT', count, x);
  return sliceCharacters(x, 0, count);
}

function right(x: string, count: number): CesqlValue | FunctionFailure {
  if (count < 0) return negative('RIGHT', count, x);
  return sliceCharacters(x, Math.max(0, lengthOf(x) - count), integerMax);
}

function negative(name: string, count: number, value: string): FunctionFailure {
  return { kind: 'functionEvaluation', message: `${name} wants a count of at least 0, got ${count}`, value };
}

function substring(x: string, position: number, count: number): CesqlValue | FunctionFailure {
  const length = lengthOf(x);
  const outside = position > length || position < -length;
  if (outside || count < 0) {
    const message = outside
      ? `SUBSTRING wants a position from -${length} to ${length}, got ${position}`
      : `SUBSTRING wants a length of at least 0, got ${count}`;
    return { kind: 'functionEvaluation', message, value: '' };
  }
  if (position === 0) return '';
  const start = position > 0 ? position - 1 : length + position;
  return sliceCharacters(x, start, start + count);
}

function lengthOf(x: string): number {
  let length = x.length;
  // Of a surrogate pair only the second half is left out of the count.
  for (let index = 1; index < x.length; index++) if (isPairEnd(x, index)) length--;
  return length;
}

function sliceCharacters(x: string, start: number, end: number): string {
  let character = 0;
  let from = start === 0 ? 0 : x.length;
  for (let index = 1; index < x.length; index++) {
    if (isPairEnd(x, index)) continue;
    character++;
    if (character === start) from = index;
    if (character === end) return x.slice(from, Math.max(from, index));
  }
  return end === 0 ? '' : x.slice(from);
}

function isPairEnd(x: string, index: number): boolean {
  return (x.charCodeAt(index) & 0xfc00) === 0xdc00 && (x.charCodeAt(index - 1) & 0xfc00) === 0xd800;
}

/** Unicode White_Space: unlike `trim` of JavaScript, U+0085 is and U+FEFF is not. */
function trim(x: string): string {
  let start = 0;
  let end = x.length;
  while (start < end && isWhiteSpace(x.charAt(start))) start++;
  while (end > start && isWhiteSpace(x.charAt(end - 1))) end--;
  return x.slice(start, end);
}

function isWhiteSpace(character: string): boolean {
  return /\p{White_Space}/u.test(character);
}
