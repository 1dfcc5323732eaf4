/** Random events for properties: any attributes the specification allows, any bytes. */
import fc from 'fast-check';
import { type CloudEvent, makeEvent, type NewEvent } from '../../src/event/index.ts';
import { bytes, event } from './support.ts';

const FORBIDDEN = /[\p{Control}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;
const RESERVED = new Set([
  ...['id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'dataschema', 'schemaurl', 'data'],
  ...['specversion', 'datacontentencoding'],
]);

const anyText = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !FORBIDDEN.test(text));
const nonEmpty = anyText.filter((text) => text !== '');
const name = fc.stringMatching(/^[a-z0-9]{1,12}$/).filter((text) => !RESERVED.has(text));
const value = fc.oneof(anyText, anyText, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.boolean());

const contentType = fc.option(
  fc.constantFrom(
    ...['application/json', 'application/json; charset=UTF-8', 'text/json', 'application/vnd.a+json', 'text/plain'],
    ...['text/plain; charset=iso-8859-1', 'text/plain; charset=shift_jis', 'text/plain; charset=utf-16', 'text/xml'],
    ...['application/octet-stream', 'Application/SOAP+xml', 'image/png', 'application/x-www-form-urlencoded'],
  ),
  { nil: undefined },
);

/** JSON texts as people and programs write them, white space, long numbers and repeated keys included. */
const jsonText = fc
  .tuple(
    fc.json({ stringUnit: 'binary', maxDepth: 4 }),
    fc.constantFrom('%', ' %', '%\n', '{ "a" :\t%, "a":1.0 }', '[%, 1e400]'),
  )
  .map(([json, frame]) => frame.replace('%', () => json));

const data = fc.option(
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
    fc.string({ unit: 'binary', maxLength: 40 }).map(bytes),
    jsonText.map(bytes),
    fc.constantFrom('', '12345678901234567890', '1.0', 'null', '0', 'false', '""', '<a/>', '\ufeff{}').map(bytes),
  ),
  { nil: undefined },
);

/** An event as a source would make it. */
export const anyEvent: fc.Arbitrary<CloudEvent> = fc
  .record({
    specversion: fc.constantFrom('1.0' as const, '0.3' as const),
    id: nonEmpty,
    source: fc.webUrl({ withQueryParameters: true, withFragments: true }),
    type: nonEmpty,
    subject: fc.option(nonEmpty, { nil: undefined }),
    time: fc.constantFrom(undefined, '2026-01-02T03:04:05.123456789+02:00', '1990-12-31t23:59:60z'),
    datacontenttype: contentType,
    extensions: fc.dictionary(name, value, { maxKeys: 6 }),
    data,
  })
  .map(({ extensions, ...rest }) => event(makeEvent({ ...extensions, ...rest } as NewEvent)));
