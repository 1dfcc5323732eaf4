/**
 * CESQL text to tokens. Keywords are case-insensitive; the white space between tokens is space, tab, CR and LF.
 * Source: CloudEvents SQL Expression Language 1.0, sections 2.2 to 2.4.
 */

type TokenKind = 'word' | 'keyword' | 'integer' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in upper case; strings without their quotes and with the quotes inside unescaped; else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Stops reading an expression. It is turned into a value by `parseCesql` and never leaves this folder. */
export class SyntaxFailure extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const keywords = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'EXISTS', 'IN', 'TRUE', 'FALSE']);
const twoCharacterSymbols = new Set(['!=', '<>', '<=', '>=']);
const oneCharacterSymbols = new Set(['(', ')', ',', '*', '/', '%', '+', '-', '=', '<', '>']);

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === ' ' || character === '\t' || character === '\r' || character === '\n') {
      at++;
      continue;
    }
    const token = tokenAt(text, at, character);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: 'the end of the expression', start: text.length, end: text.length });
  return tokens;
}

function tokenAt(text: string, start: number, character: string): Token {
  if (character === "'" || character === '"') return stringAt(text, start, character);
  if (isWordCharacter(text.charCodeAt(start))) return wordAt(text, start);
  const two = text.slice(start, start + 2);
  if (twoCharacterSymbols.has(two)) return { kind: 'symbol', text: two, start, end: start + 2 };
  if (oneCharacterSymbols.has(character)) return { kind: 'symbol', text: character, start, end: start + 1 };
  const shown = String.fromCodePoint(text.codePointAt(start) ?? 0);
  throw new SyntaxFailure(`"${shown}" is not part of CESQL`, start);
}

/** A backslash escapes only the quote that delimits the string; before anything else it stays (LIKE reads it there). */
function stringAt(text: string, start: number, quote: string): Token {
  let content = '';
  let at = start + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\\' && at + 1 < text.length) {
      const next = text.charAt(at + 1);
      content += next === quote ? quote : character + next;
      at += 2;
    } else if (character === quote) {
      if (text.charAt(at + 1) === quote) {
        throw new SyntaxFailure(`a quote inside a string is written \\${quote}, not doubled`, at);
      }
      return { kind: 'string', text: content, start, end: at + 1 };
    } else {
      content += character;
      at++;
    }
  }
  throw new SyntaxFailure(`this string has no closing ${quote}`, start);
}

function wordAt(text: string, start: number): Token {
  let end = start;
  let digitsOnly = true;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (!isWordCharacter(code)) break;
    if (!isDigit(code)) digitsOnly = false;
  }
  const word = text.slice(start, end);
  if (digitsOnly) return { kind: 'integer', text: word, start, end };
  const upper = word.toUpperCase();
  return keywords.has(upper) ? { kind: 'keyword', text: upper, start, end } : { kind: 'word', text: word, start, end };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWordCharacter(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}
