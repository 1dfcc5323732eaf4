/**
 * From the text of a file to objects with their places: YAML or JSON, many documents, `kind: List` taken apart.
 *
 * Nothing is validated here beyond being an object: that is what `load.ts` asks the kinds for.
 */
import type { FieldPath } from '@millrace/api';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, visit } from 'yaml';
import { isObject } from '../store/json.ts';
import { Documents, type ManifestDocument } from './documents.ts';
import type { ManifestError, Position } from './manifest.ts';

/** References to anchors that are followed in a document: a few dozen serve any manifest, a bomb needs thousands. */
const aliasesMax = 100;
/** Documents in a file: what fits into its bytes, if they say anything at all. */
const documentsMax = 100_000;
/** Nesting a text may have before it is parsed: parsers recurse, and a stack is not endless. */
const nestingMax = 200;

/** A value out of a document that may be an object. */
export interface ParsedObject {
  readonly value: Readonly<Record<string, unknown>>;
  readonly document: number;
  /** Where it begins. */
  readonly position: Position;
  locate(path: FieldPath): Position;
}

export interface ParsedFile {
  readonly objects: readonly ParsedObject[];
  readonly errors: readonly ManifestError[];
}

/** Text of a file; or why it is not text. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly problem: string } {
  if (bytes.includes(0)) return { problem: 'binary data: expected text in UTF-8 (YAML or JSON)' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'not valid UTF-8: expected YAML or JSON text in UTF-8' };
  }
}

export function parseManifest(file: string, text: string): ParsedFile {
  const deep = tooDeep(text);
  if (deep !== undefined) {
    return { objects: [], errors: [{ file, ...deep, message: `nested more than ${nestingMax} levels deep` }] };
  }
  const documents = new Documents(text);
  const objects: ParsedObject[] = [];
  const errors: ManifestError[] = [];
  for (let number = 1; ; number++) {
    const document = documents.at(number);
    if (document === undefined) break;
    if (number > documentsMax) {
      return { objects: [], errors: [{ file, message: `more than ${documentsMax} documents in one file` }] };
    }
    const result = readDocument(document, number, documents);
    if (Array.isArray(result)) objects.push(...result);
    else errors.push({ file, document: number, ...(result as Problem) });
  }
  documents.release();
  return { objects, errors };
}

type Problem = Pick<ManifestError, 'message' | 'position' | 'field'>;

function readDocument(document: ManifestDocument, number: number, documents: Documents): ParsedObject[] | Problem {
  const error = document.errors[0];
  if (error !== undefined) return { position: documents.position(error.pos[0]), message: wording(error.message) };
  // Asked for when something is wrong, and seldom: the document is parsed again then, and not kept until then.
  const locate = (path: FieldPath) => {
    const again = documents.at(number);
    return documents.position(again === undefined ? 0 : offsetOf(again, path));
  };
  const odd = oddNode(document);
  if (odd !== undefined) return { position: documents.position(odd.offset), message: odd.message };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: aliasesMax }) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const bomb = /alias count/i.test(reason) ? `more than ${aliasesMax} uses of anchors: write the values out` : reason;
    return { position: locate([]), message: bomb };
  }
  if (value === null || value === undefined) return [];
  if (!isObject(value)) {
    const got = Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'a text' : `a ${typeof value}`;
    return { position: locate([]), message: `expected an object with apiVersion, kind and metadata, got ${got}` };
  }
  return takeApart(value, number, locate);
}

/** Objects of a `kind: List`, as kubectl prints it, or the object itself. */
function takeApart(
  value: Readonly<Record<string, unknown>>,
  document: number,
  locate: (path: FieldPath) => Position,
): ParsedObject[] | Problem {
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || items === undefined) {
    return [{ value, document, position: locate([]), locate }];
  }
  if (!Array.isArray(items))
    return { position: locate(['items']), field: 'items', message: 'expected a list of objects' };
  const objects: ParsedObject[] = [];
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) {
      return {
        position: locate(['items', index]),
        field: `items[${index}]`,
        message: 'expected an object with apiVersion, kind and metadata',
      };
    }
    const inner = takeApart(item, document, (path) => locate(['items', index, ...path]));
    if (!Array.isArray(inner)) return inner;
    objects.push(...inner);
  }
  return objects;
}

/** The offset of a field: of its key where it has one, else of its value; of the nearest parent when it is absent. */
function offsetOf(document: ManifestDocument, path: FieldPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? document.range[0];
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && String(isScalar(item.key) ? item.key.value : item.key) === String(step),
      );
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      const item: unknown = node.items[step];
      if (item === undefined) return offset;
      offset = startOf(item) ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

/** A node that stands for no plain value: a reference to an anchor that is not there, a key that is no text. */
function oddNode(document: ManifestDocument): { offset: number; message: string } | undefined {
  let odd: { offset: number; message: string } | undefined;
  let aliases = 0;
  visit(document, {
    Alias(_, node) {
      aliases += 1;
      // Looking one up takes a walk; from here on the document is refused for their number anyway.
      if (aliases > aliasesMax || node.resolve(document) !== undefined) return undefined;
      odd = {
        offset: startOf(node) ?? 0,
        message: `the alias *${node.source} has no anchor before it: expected &${node.source}, or the text in quotes`,
      };
      return visit.BREAK;
    },
    Pair(_, { key }) {
      if (key === null || isScalar(key) || isAlias(key)) return undefined;
      odd = {
        offset: startOf(key) ?? 0,
        message: 'expected a text as key, got a list or a map (a template that was not rendered?)',
      };
      return visit.BREAK;
    },
  });
  return odd;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** The parser's words, with what to do about the commonest slips. */
function wording(message: string): string {
  if (/tabs?/i.test(message)) return `${message}: indent with spaces`;
  if (/Map keys must be unique/i.test(message)) return 'the same key is there twice: keep one';
  return message;
}

/** Where brackets or indentation go deeper than is sane; found before the parser recurses. */
function tooDeep(text: string): { readonly position: Position; readonly document: number } | undefined {
  let depth = 0;
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 10) {
      line += 1;
      lineStart = at + 1;
    } else if (char === 91 || char === 123) depth += 1;
    else if (char === 93 || char === 125) depth = Math.max(0, depth - 1);
    // "- - - -": every dash opens a list of its own.
    if (depth > nestingMax || dashes(text, at, lineStart) > nestingMax) {
      return { position: { line, column: at - lineStart + 1 }, document: documentAt(text, at) };
    }
  }
  return undefined;
}

/** Number of the document an offset is in, by the lines that begin one. */
function documentAt(text: string, offset: number): number {
  const [before = '', ...parts] = text.slice(0, offset).split(/^---(?=\s|$)/m);
  const isFirst = before.replaceAll(/^\s*#.*$/gm, '').trim() !== '';
  return Math.max(1, parts.length + (isFirst ? 1 : 0));
}

/** Dashes at the beginning of a line, up to `at`, counted only where one more begins. */
function dashes(text: string, at: number, lineStart: number): number {
  const length = at - lineStart;
  if (text.charCodeAt(at) !== 45 || length < 2 * nestingMax) return 0;
  const head = text.slice(lineStart, at + 1);
  return /^[-\s]+$/.test(head) ? head.replaceAll(/\s/g, '').length : 0;
}
