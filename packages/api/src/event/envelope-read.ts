/**
 * One event out of a JSON object: what structured and batch mode share on the way in.
 *
 * The data is cut from the text at its offsets, so its numbers, white space and repeated keys stay as they were written. A data
 * member of `null` is the JSON text `null`, data like any other; an attribute of `null` is an absent one (JSON event format
 * 1.0.2, sections 2.2 and 3.1.1).
 */
import { isUtf8 } from 'node:buffer';
import {
  contextProblem,
  isInteger32,
  isSpecVersion,
  type MutableAttributes,
  nameProblem,
  newAttributes,
  nonStringProblem,
  sizeProblem,
  textProblem,
  versionProblem,
} from './attributes.ts';
import { decodeBase64 } from './base64.ts';
import { bytesOfText } from './data-text.ts';
import type { CloudEvent, NonStringType, SpecVersion } from './event.ts';
import { closeObject, commaByte, JsonScanner, openObject, quoteByte } from './json-scan.ts';
import { isJsonType } from './media-type.ts';
import { type DecodedEvent, type Invalid, invalid, quoted } from './result.ts';

const integerPattern = /^-?\d+$/;

/** Where a member's value stands in the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Envelope {
  readonly seen: Set<string>;
  readonly attributes: MutableAttributes;
  specversion: string | undefined;
  nonString: { [name: string]: NonStringType | undefined } | undefined;
  /** Members that are attributes, those of null included: names are kept, and a body can hold a million. */
  count: number;
  chars: number;
  data: Span | undefined;
  base64: Span | undefined;
}

/** A scanner at the first value of a JSON body. A byte order mark is passed over (RFC 8259, section 8.1). */
export function openJson(body: Uint8Array): JsonScanner | Invalid {
  if (!isUtf8(body)) return invalid('malformed-json', 'the body is not JSON: expected UTF-8, got other bytes');
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const scanner = new JsonScanner(body, hasMark ? 3 : 0);
  scanner.skipSpace();
  return scanner;
}

/** Reads the object at `pos`, which ends up just behind it. `ownData` copies the data instead of cutting it out. */
export function readEvent(scanner: JsonScanner, ownData: boolean): DecodedEvent | Invalid {
  const envelope: Envelope = {
    seen: new Set(),
    attributes: newAttributes(),
    specversion: undefined,
    nonString: undefined,
    count: 0,
    chars: 0,
    data: undefined,
    base64: undefined,
  };
  const problem = readMembers(scanner, envelope);
  if (problem !== undefined) return problem;
  const { specversion, attributes, nonString } = envelope;
  if (specversion === undefined || !isSpecVersion(specversion)) {
    return versionProblem(specversion) ?? malformed(scanner);
  }
  const wrong = contextProblem(specversion, attributes) ?? (nonString && nonStringProblem(specversion, nonString));
  if (wrong !== undefined) return wrong;
  const data = readData(scanner, envelope, specversion);
  if (data.kind === 'invalid') return data;
  const event: CloudEvent = { specversion, attributes, ...(nonString && { nonString }) };
  if (data.kind === 'none') return { kind: 'event', event };
  const bytes = ownData && data.kind === 'json' ? Uint8Array.from(data.bytes) : data.bytes;
  return { kind: 'event', event: { ...event, data: bytes, dataForm: data.kind } };
}

/** What the scanner found wrong, as the outcome of decoding. */
export function malformed(scanner: JsonScanner): Invalid {
  return invalid('malformed-json', `the body is not JSON: ${scanner.problem ?? 'unknown reason'}`);
}

function readMembers(scanner: JsonScanner, envelope: Envelope): Invalid | undefined {
  if (!scanner.accept(openObject)) {
    scanner.fail('a JSON object (the event)');
    return malformed(scanner);
  }
  scanner.skipSpace();
  if (scanner.accept(closeObject)) return undefined;
  for (;;) {
    if (scanner.peek() !== quoteByte) {
      scanner.fail('a member name in double quotes');
      return malformed(scanner);
    }
    const name = scanner.readString();
    if (name === undefined || !scanner.skipColon()) return malformed(scanner);
    const start = scanner.pos;
    if (!scanner.skipValue()) return malformed(scanner);
    const problem = takeMember(scanner, envelope, name, { start, end: scanner.pos });
    if (problem !== undefined) return problem;
    scanner.skipSpace();
    if (scanner.accept(closeObject)) return undefined;
    if (!scanner.accept(commaByte)) {
      scanner.fail('a comma or }');
      return malformed(scanner);
    }
    scanner.skipSpace();
  }
}

function takeMember(scanner: JsonScanner, envelope: Envelope, name: string, span: Span): Invalid | undefined {
  if (envelope.seen.has(name)) {
    return invalid('invalid-attribute', `${quoted(name)}: expected one member of this name, got another`);
  }
  envelope.seen.add(name);
  if (name === 'data') {
    envelope.data = span;
    return undefined;
  }
  if (name === 'data_base64') {
    if (!isNull(scanner, span)) envelope.base64 = span;
    return undefined;
  }
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  if (name !== 'specversion') envelope.count += 1;
  if (!isNull(scanner, span)) return takeAttribute(scanner, envelope, name, span);
  return sizeProblem(envelope.count, envelope.chars);
}

function isNull(scanner: JsonScanner, { start }: Span): boolean {
  return scanner.bytes[start] === 0x6e;
}

function takeAttribute(scanner: JsonScanner, envelope: Envelope, name: string, span: Span): Invalid | undefined {
  const first = scanner.bytes[span.start];
  let value: string;
  if (first === quoteByte) {
    value = textAt(scanner, span);
    const problem = textProblem(name, value);
    if (problem !== undefined) return problem;
  } else {
    value = scanner.bytes.toString('latin1', span.start, span.end);
    const type = first === 0x74 || first === 0x66 ? 'Boolean' : integerPattern.test(value) ? 'Integer' : undefined;
    if (type === undefined || (type === 'Integer' && !isInteger32(Number(value)))) {
      return invalid(
        'invalid-attribute',
        `${name}: expected a string, a boolean or an integer of 32 bits, got ${quoted(value)}`,
      );
    }
    if (value === '-0') value = '0';
    envelope.nonString ??= newAttributes() as { [name: string]: NonStringType | undefined };
    envelope.nonString[name] = type;
  }
  envelope.chars += name.length + value.length;
  if (name !== 'specversion') envelope.attributes[name] = value;
  else envelope.specversion = value;
  return sizeProblem(envelope.count, envelope.chars);
}

/** The text of a string already skipped over; the scanner stays where it is. */
function textAt(scanner: JsonScanner, { start }: Span): string {
  const { pos } = scanner;
  scanner.pos = start;
  const text = scanner.readString() ?? '';
  scanner.pos = pos;
  return text;
}

type EnvelopeData =
  | { readonly kind: 'none' }
  | { readonly kind: 'json' | 'string' | 'base64'; readonly bytes: Uint8Array }
  | Invalid;

function readData(scanner: JsonScanner, envelope: Envelope, version: SpecVersion): EnvelopeData {
  const { attributes, data, base64 } = envelope;
  if (base64 !== undefined && version === '0.3') {
    return invalid('invalid-attribute', 'data_base64: expected data with datacontentencoding in specversion 0.3');
  }
  if (base64 !== undefined && data !== undefined) {
    return invalid('invalid-data', 'data: expected either data or data_base64, got both');
  }
  if (base64 !== undefined) return readBase64(scanner, base64, 'data_base64');
  if (data === undefined) return { kind: 'none' };
  if (version === '0.3' && attributes.datacontentencoding !== undefined) {
    // The encoding is the envelope's, not the event's: in binary mode the bytes travel as they are, and 0.3 forbids it there.
    delete attributes.datacontentencoding;
    return readBase64(scanner, data, 'data');
  }
  const contentType = attributes.datacontenttype;
  if (contentType === undefined || isJsonType(contentType)) {
    return { kind: 'json', bytes: scanner.bytes.subarray(data.start, data.end) };
  }
  if (scanner.bytes[data.start] !== quoteByte) {
    return invalid('invalid-data', `data: expected a JSON string, since datacontenttype is ${quoted(contentType)}`);
  }
  const bytes = bytesOfText(textAt(scanner, data), contentType);
  if (bytes !== undefined) return { kind: 'string', bytes };
  return invalid(
    'invalid-data',
    `data: expected text that ${quoted(contentType)} can hold; use data_base64 for other bytes`,
  );
}

function readBase64(scanner: JsonScanner, span: Span, member: string): EnvelopeData {
  const isText = scanner.bytes[span.start] === quoteByte;
  const bytes = isText ? decodeBase64(textAt(scanner, span)) : undefined;
  if (bytes !== undefined) return { kind: 'base64', bytes };
  const got = isText ? 'a string that is not' : 'no string';
  return invalid('invalid-data', `${member}: expected base64 (RFC 4648 section 4) in a JSON string, got ${got}`);
}
