/**
 * The documents of a file, one at a time: a parsed document takes a hundred times its text, and a file may have
 * thousands.
 *
 * O1. At most one parsed document is held. Asking for them in order is one walk over the text; going back begins anew.
 */
import { Composer, type Document, LineCounter, type ParsedNode, Parser } from 'yaml';
import type { Position } from './manifest.ts';

export type ManifestDocument = Document.Parsed<ParsedNode>;

const composing = {
  prettyErrors: false,
  merge: true,
  strict: true,
  // What is only worth a warning must not reach the process's own output.
  logLevel: 'error',
} as const;

interface Walk {
  readonly rest: Iterator<unknown, unknown, undefined>;
  readonly lines: LineCounter;
  /** Number of the document it is at, from 1; 0 before the first. */
  number: number;
  document: ManifestDocument | undefined;
}

export class Documents {
  readonly #text: string;
  #walk: Walk | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The document of that number, from 1; undefined when there are fewer. */
  at(number: number): ManifestDocument | undefined {
    let walk = this.#walk;
    if (walk === undefined || walk.number > number) walk = this.#begin();
    while (walk.number < number) {
      const next = walk.rest.next();
      if (next.done === true) return undefined;
      walk.number += 1;
      walk.document = next.value as ManifestDocument;
    }
    return walk.document;
  }

  /** Of an offset in the document that was asked for last. */
  position(offset: number): Position {
    const { line, col } = this.#walk?.lines.linePos(offset) ?? { line: 1, col: 1 };
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Lets go of what it holds but the text. */
  release(): void {
    this.#walk = undefined;
  }

  #begin(): Walk {
    const lines = new LineCounter();
    const tokens = new Parser(lines.addNewLine).parse(this.#text);
    this.#walk = { rest: new Composer(composing).compose(tokens), lines, number: 0, document: undefined };
    return this.#walk;
  }
}
