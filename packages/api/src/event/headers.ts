/**
 * HTTP headers as they come, read in one pass.
 *
 * Two shapes are taken: the record of `IncomingMessage.headers` (lower-case names), and the flat list of
 * `IncomingMessage.rawHeaders` (name, value, name, value, …; any case). The flat list is the cheaper one, since Node builds the
 * record only when it is asked for, and the only one that shows a repeated header: Node joins repeated values with a comma.
 */
import { type MutableAttributes, nameProblem, newAttributes, sizeProblem, textProblem } from './attributes.ts';
import { decodeHeaderValue, isPlain } from './header-value.ts';
import { type Invalid, invalid, quoted } from './result.ts';

export type HeaderRecord = { readonly [name: string]: string | readonly string[] | undefined };

export type HttpHeaders = HeaderRecord | readonly string[];

/** Whether headers came as a flat list rather than as a record. */
export function isFlat(headers: HttpHeaders): headers is readonly string[] {
  return Array.isArray(headers);
}

/** What one pass over the headers finds. Problems are kept, not returned: they count only in binary mode. */
export interface HeaderScan {
  contentType: string | undefined;
  specversion: string | undefined;
  /** All `ce-` headers but `ce-specversion`. */
  readonly attributes: MutableAttributes;
  /** The first thing wrong with a `ce-` header. */
  problem: Invalid | undefined;
  count: number;
  chars: number;
}

const commonNames = [
  ...['specversion', 'id', 'source', 'type', 'time', 'subject', 'dataschema', 'schemaurl', 'datacontentencoding'],
  ...['partitionkey', 'sequence', 'knativearrivaltime', 'knativebrokerttl', 'knativehistory'],
  ...['knativeerrordest', 'knativeerrorcode', 'knativeerrordata'],
];
/**
 * Extensions are the same few from event to event: their names are remembered as they were spelled, so that they are checked
 * and made once. Beyond so many they are made each time: whoever sends ever new names gets nothing to keep.
 */
const rememberedMax = 1_024;
// The names nearly every event has, in the two spellings that clients use: no new string is made for them.
const nameByHeader = new Map<string, string>();
const headerByName = new Map<string, string>();
for (const name of commonNames) {
  nameByHeader.set(`ce-${name}`, name);
  nameByHeader.set(`Ce-${name.charAt(0).toUpperCase()}${name.slice(1)}`, name);
  headerByName.set(name, `ce-${name}`);
}

/** The header that carries an attribute in binary mode. */
export function headerOf(name: string): string {
  return headerByName.get(name) ?? remembered(headerByName, name, `ce-${name}`);
}

function remembered(map: Map<string, string>, key: string, value: string): string {
  if (map.size < rememberedMax) map.set(key, value);
  return value;
}

/** Reads the headers once, for whichever content mode the message turns out to have. Never throws. */
export function scanHeaders(headers: HttpHeaders): HeaderScan {
  const scan: HeaderScan = {
    contentType: undefined,
    specversion: undefined,
    attributes: newAttributes(),
    problem: undefined,
    count: 0,
    chars: 0,
  };
  if (isFlat(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) take(scan, headers[i] ?? '', headers[i + 1] ?? '');
  } else {
    for (const name in headers) takeField(scan, name, headers[name]);
  }
  scan.problem ??= sizeProblem(scan.count, scan.chars);
  return scan;
}

function takeField(scan: HeaderScan, name: string, value: string | readonly string[] | undefined): void {
  if (typeof value === 'string') take(scan, name, value);
  else if (value !== undefined) for (const each of value) take(scan, name, each);
}

function take(scan: HeaderScan, name: string, value: string): void {
  if (isAttributeHeader(name)) {
    takeAttribute(scan, name, value);
  } else if (name.length === 12 && name.toLowerCase() === 'content-type') {
    // Servers disagree on a repeated Content-Type; nobody is harmed when both say the same.
    if (scan.contentType === undefined) scan.contentType = value;
    else if (scan.contentType !== value) scan.problem ??= repeated('Content-Type', scan.contentType, value);
  }
}

function isAttributeHeader(name: string): boolean {
  return (
    name.charCodeAt(2) === 0x2d &&
    (name.charCodeAt(0) | 0x20) === 0x63 &&
    (name.charCodeAt(1) | 0x20) === 0x65 &&
    name.length > 3
  );
}

function takeAttribute(scan: HeaderScan, header: string, raw: string): void {
  let name = nameByHeader.get(header);
  if (name === undefined) {
    name = header.slice(3).toLowerCase();
    const problem = headerProblem(name);
    if (problem !== undefined) {
      scan.problem ??= problem;
      return;
    }
    remembered(nameByHeader, header, name);
  }
  let value = raw;
  if (!isPlain(raw)) {
    const decoded = decodeHeaderValue(raw);
    scan.problem ??= decoded === undefined ? undecodable(name, raw) : textProblem(name, decoded);
    value = decoded ?? '';
  }
  if (name === 'specversion') {
    if (scan.specversion !== undefined) scan.problem ??= repeated('ce-specversion', scan.specversion, value);
    else scan.specversion = value;
    return;
  }
  const before = scan.attributes[name];
  if (before !== undefined) {
    scan.problem ??= repeated(`ce-${name}`, before, value);
    return;
  }
  scan.attributes[name] = value;
  scan.count += 1;
  scan.chars += name.length + value.length;
}

function headerProblem(name: string): Invalid | undefined {
  if (name !== 'datacontenttype') return nameProblem(name);
  return invalid('invalid-attribute', 'datacontenttype: expected in the header Content-Type, got ce-datacontenttype');
}

function undecodable(name: string, raw: string): Invalid {
  return invalid('invalid-attribute', `${name}: expected percent-encoded UTF-8 in the header, got ${quoted(raw)}`);
}

function repeated(header: string, first: string, second: string): Invalid {
  return invalid('invalid-attribute', `header ${header}: expected once, got ${quoted(first)} and ${quoted(second)}`);
}
