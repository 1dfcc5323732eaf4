/**
 * One request of the generator as bytes that are written again and again: only the digits of its number and of the time
 * it was due change from event to event, so that sending an event costs the generator next to nothing.
 */
import { dueHeader, numberHeader } from './clock.ts';

export interface RequestShape {
  readonly url: string;
  /** First part of each event's id, so that no two runs share one. */
  readonly run: string;
  readonly bodyBytes: number;
  readonly mode: 'binary' | 'structured';
  /** Context attributes beside id and specversion: they take the place of the usual ones. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** As many digits as any number of a run has. */
const NUMBER_DIGITS = 9;
/** Microseconds of a clock that counts from the start of the machine: 300 years. */
const DUE_DIGITS = 16;
const numberMark = 'N'.repeat(NUMBER_DIGITS);
const dueMark = 'D'.repeat(DUE_DIGITS);
const ZERO = 48;

export class NumberedRequest {
  readonly bytes: Buffer;
  readonly #numbersAt: readonly number[];
  readonly #dueAt: readonly number[];

  constructor(shape: RequestShape) {
    this.bytes = Buffer.from(textOf(shape), 'latin1');
    this.#numbersAt = placesOf(this.bytes, numberMark);
    this.#dueAt = placesOf(this.bytes, dueMark);
  }

  /** The bytes are valid until the next call. */
  numbered(number: number, dueMicroseconds: number): Buffer {
    for (const at of this.#numbersAt) writeDigits(this.bytes, at, NUMBER_DIGITS, number);
    for (const at of this.#dueAt) writeDigits(this.bytes, at, DUE_DIGITS, dueMicroseconds);
    return this.bytes;
  }
}

function textOf({ url, run, bodyBytes, mode, attributes }: RequestShape): string {
  const { pathname, host } = new URL(url);
  const context: Record<string, string> = {
    specversion: '1.0',
    type: 'com.example.bench',
    source: '/bench',
    ...attributes,
    id: `${run}-${numberMark}`,
    [numberHeader.slice('ce-'.length)]: numberMark,
    [dueHeader.slice('ce-'.length)]: dueMark,
  };
  const data = dataOf(bodyBytes);
  const structured = mode === 'structured';
  const body = structured
    ? `${JSON.stringify({ ...context, datacontenttype: 'application/json' }).slice(0, -1)},"data":${data}}`
    : data;
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'connection: keep-alive',
    ...(structured ? [] : Object.entries(context).map(([name, value]) => `ce-${name}: ${value}`)),
    `content-type: ${structured ? 'application/cloudevents+json' : 'application/json'}`,
    `content-length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** A JSON document of that many bytes; 11 are the least. */
function dataOf(bytes: number): string {
  return `{"fill":"${'x'.repeat(Math.max(0, bytes - 11))}"}`;
}

function placesOf(bytes: Buffer, mark: string): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

function writeDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let index = at + digits - 1; index >= at; index--) {
    const higher = Math.floor(rest / 10);
    bytes[index] = ZERO + (rest - higher * 10);
    rest = higher;
  }
}
