/**
 * Patterns of LIKE: `%` is any run of characters, `_` is one character, `\%` and `\_` are themselves. A character is a
 * Unicode code point.
 *
 * L1. No backtracking. The pattern is cut at `%` into pieces; the first and the last are anchored, each one between is
 *     taken at its first place after the one before, which is right whenever any place is. A piece that holds `_` is
 *     searched with one bit per pattern character (Shift-And): text length × pattern length / 32 steps at worst.
 *
 * Source: CloudEvents SQL Expression Language 1.0, section 3.4.3.
 */

/** A compiled pattern, and what an index can look up of it. */
export interface LikePattern {
  matches(text: string): boolean;
  /** What a text must begin with, be it empty. */
  readonly prefix: string;
  /** What a text must end with, be it empty. */
  readonly suffix: string;
  /** There is no wildcard: the text must be `prefix`. */
  readonly exact: boolean;
}

/** Stands for `_` among code points. */
const anyOne = -1;

type Piece = readonly number[];

/** Compiles a pattern, any text being one, in time and memory in proportion to its length. */
export function compileLike(pattern: string): LikePattern {
  const pieces = piecesOf(pattern);
  const first = pieces[0] ?? [];
  const last = pieces.at(-1) ?? [];
  const exact = pieces.length === 1 && !first.includes(anyOne);
  return {
    matches: matcherOf(pieces),
    prefix: textOf(first.slice(0, indexOrLength(first))),
    suffix: textOf(last.slice(last.lastIndexOf(anyOne) + 1)),
    exact,
  };
}

/** The pattern's runs of characters between its `%`, of which there is one less than there are pieces. */
function piecesOf(pattern: string): Piece[] {
  let piece: number[] = [];
  const pieces = [piece];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    const next = characters[index + 1];
    if (character === '\\' && (next === '%' || next === '_')) {
      piece.push(next.charCodeAt(0));
      index++;
    } else if (character === '%') {
      piece = [];
      pieces.push(piece);
    } else {
      piece.push(character === '_' ? anyOne : (character.codePointAt(0) ?? 0));
    }
  }
  return pieces;
}

function matcherOf(pieces: readonly Piece[]): (text: string) => boolean {
  if (pieces.some((piece) => piece.includes(anyOne))) return codePointMatcher(pieces);
  const texts = pieces.map(textOf);
  const first = texts[0] ?? '';
  if (texts.length === 1) return (text) => text === first;
  const last = texts.at(-1) ?? '';
  const middle = texts.slice(1, -1).filter((piece) => piece !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}

/** The same over code points, for patterns with `_`. */
function codePointMatcher(pieces: readonly Piece[]): (text: string) => boolean {
  const first = pieces[0] ?? [];
  if (pieces.length === 1) return (text) => fits(first, codePointsOf(text), 0, true);
  const last = pieces.at(-1) ?? [];
  const searches = pieces
    .slice(1, -1)
    .filter((piece) => piece.length > 0)
    .map(searchOf);
  return (text) => {
    const points = codePointsOf(text);
    const end = points.length - last.length;
    if (end < first.length || !fits(first, points, 0, false) || !fits(last, points, end, false)) return false;
    let at = first.length;
    for (const search of searches) {
      at = search(points, at, end);
      if (at < 0) return false;
    }
    return true;
  };
}

function fits(piece: Piece, points: readonly number[], at: number, whole: boolean): boolean {
  if (whole ? points.length !== piece.length : points.length < at + piece.length) return false;
  return piece.every((point, index) => point === anyOne || point === points[at + index]);
}

/** L1. Finds a piece in `points[from, end)`; gives the position after its first place, or -1. */
function searchOf(piece: Piece): (points: readonly number[], from: number, end: number) => number {
  const words = Math.ceil(piece.length / 32);
  const anyMask = new Int32Array(words);
  // Beside the mask of `_`, which holds for every character, only the words in which a character itself occurs: word, bits,
  // word, bits, … So a pattern takes memory and time to compile in proportion to its length, whatever is in it.
  const masks = new Map<number, number[]>();
  for (const [index, point] of piece.entries()) {
    const word = index >> 5;
    const bit = 1 << (index & 31);
    if (point === anyOne) anyMask[word] = (anyMask[word] ?? 0) | bit;
    else addBit(masks, point, word, bit);
  }
  const lastWord = words - 1;
  const lastBit = 1 << ((piece.length - 1) & 31);
  return (points, from, end) => {
    const state = new Int32Array(words);
    for (let at = from; at < end; at++) {
      const own = masks.get(points[at] ?? 0);
      let next = 0;
      // Bit i of the state: the last i + 1 characters fit the first i + 1 of the piece.
      let carry = 1;
      for (let word = 0; word < words; word++) {
        let mask = anyMask[word] ?? 0;
        if (own !== undefined && own[next] === word) {
          mask |= own[next + 1] ?? 0;
          next += 2;
        }
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & mask;
        carry = before >>> 31;
      }
      if (((state[lastWord] ?? 0) & lastBit) !== 0) return at + 1;
    }
    return -1;
  };
}

/** Pieces are read from the left, so that the word of a bit is the last one there or a new one. */
function addBit(masks: Map<number, number[]>, point: number, word: number, bit: number): void {
  const own = masks.get(point);
  if (own === undefined) masks.set(point, [word, bit]);
  else if (own.at(-2) === word) own.push((own.pop() ?? 0) | bit);
  else own.push(word, bit);
}

function codePointsOf(text: string): number[] {
  const points: number[] = [];
  for (const character of text) points.push(character.codePointAt(0) ?? 0);
  return points;
}

function textOf(piece: Piece): string {
  let text = '';
  for (const point of piece) text += String.fromCodePoint(point);
  return text;
}

function indexOrLength(piece: Piece): number {
  const index = piece.indexOf(anyOne);
  return index < 0 ? piece.length : index;
}
