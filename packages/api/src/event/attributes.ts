/**
 * Context attributes: what a name may be, what the specification asks of the values it defines.
 *
 * Sources: CloudEvents 1.0.2 sections 2.1, 2.2 and 3.1; CloudEvents 0.3 for `schemaurl` and `datacontentencoding`.
 */
import type { Attributes, NonStringType, SpecVersion } from './event.ts';
import { isStringValue, isTimestamp, isUri, isUriReference } from './formats.ts';
import { attributeCharsMax, attributesMax } from './limits.ts';
import { isMediaType } from './media-type.ts';
import { type Invalid, invalid, quoted } from './result.ts';

/** Attributes while they are being collected. */
export type MutableAttributes = { [name: string]: string | undefined };

// A class whose prototype is empty: as safe for any name as a null prototype (there is nothing to inherit), while V8
// keeps such objects in fast mode, which `Object.create(null)` does not.
const AttributeRecord = function AttributeRecord() {} as unknown as new () => MutableAttributes;
AttributeRecord.prototype = Object.freeze(Object.create(null));

/** An empty set of attributes that inherits nothing. */
export function newAttributes(): MutableAttributes {
  return new AttributeRecord();
}

const namePattern = /^[a-z0-9]+$/;

/** Whether a text is a version that is spoken here. */
export function isSpecVersion(text: string): text is SpecVersion {
  return text === '1.0' || text === '0.3';
}

/** What is wrong with a name that is to be an attribute; undefined when nothing is. */
export function nameProblem(name: string): Invalid | undefined {
  if (name === 'data') {
    return invalid('invalid-attribute', 'data: this name is taken by the data itself and cannot name an attribute');
  }
  if (!namePattern.test(name)) {
    return invalid(
      'invalid-attribute',
      `attribute name: expected lower-case letters a-z and digits, got ${quoted(name)}`,
    );
  }
  return undefined;
}

/** What is wrong with the characters of a value; undefined when nothing is. */
export function textProblem(name: string, value: string): Invalid | undefined {
  if (isStringValue(value)) return undefined;
  const expected = 'expected text without control characters, noncharacters and lone surrogates';
  return invalid('invalid-attribute', `${name}: ${expected}, got ${quoted(value)}`);
}

/** Counts attributes against the limits of one event. */
export function sizeProblem(count: number, chars: number): Invalid | undefined {
  if (count > attributesMax) {
    return invalid('invalid-attribute', `attributes: expected at most ${attributesMax}, got more`);
  }
  if (chars > attributeCharsMax) {
    return invalid(
      'invalid-attribute',
      `attributes: expected at most ${attributeCharsMax} characters in all, got more`,
    );
  }
  return undefined;
}

/** What is wrong with a `specversion`; undefined when nothing is. */
export function versionProblem(specversion: string | undefined): Invalid | undefined {
  if (specversion === undefined) {
    return invalid('missing-attribute', 'specversion: expected 1.0 or 0.3, but the attribute is missing');
  }
  if (isSpecVersion(specversion)) return undefined;
  return invalid('unknown-specversion', `specversion: expected 1.0 or 0.3, got ${quoted(specversion)}`);
}

function wrong(name: string, expected: string, value: string): Invalid {
  return invalid('invalid-attribute', `${name}: expected ${expected}, got ${quoted(value)}`);
}

function requiredProblem(name: string, value: string | undefined): Invalid | undefined {
  if (value === undefined) {
    return invalid('missing-attribute', `${name}: expected a non-empty value, but the attribute is missing`);
  }
  return value === '' ? wrong(name, 'a non-empty value', value) : undefined;
}

/** Checks what the specification defines. Names and characters have been checked where they were read. */
export function contextProblem(version: SpecVersion, attributes: Attributes): Invalid | undefined {
  const { id, source, type, time, subject, datacontenttype } = attributes;
  if (!id || !source || !type) {
    return requiredProblem('id', id) ?? requiredProblem('source', source) ?? requiredProblem('type', type);
  }
  if (!isUriReference(source)) return wrong('source', 'a URI-reference (RFC 3986)', source);
  if (time !== undefined && !isTimestamp(time)) return wrong('time', 'an RFC 3339 timestamp', time);
  if (subject === '') return wrong('subject', 'a non-empty value, or no subject', subject);
  if (datacontenttype !== undefined && !isMediaType(datacontenttype)) {
    return wrong('datacontenttype', 'a media type such as application/json', datacontenttype);
  }
  return version === '1.0' ? schemaProblem(attributes) : schemaProblem03(attributes);
}

function schemaProblem({ dataschema }: Attributes): Invalid | undefined {
  if (dataschema === undefined || isUri(dataschema)) return undefined;
  return wrong('dataschema', 'an absolute URI (RFC 3986)', dataschema);
}

/** In 0.3 the schema's name is `schemaurl`, a URI-reference, and the data may carry a transfer encoding. */
function schemaProblem03({ schemaurl, datacontentencoding }: Attributes): Invalid | undefined {
  if (schemaurl !== undefined && (schemaurl === '' || !isUriReference(schemaurl))) {
    return wrong('schemaurl', 'a non-empty URI-reference (RFC 3986)', schemaurl);
  }
  if (datacontentencoding !== undefined && datacontentencoding.toLowerCase() !== 'base64') {
    return wrong('datacontentencoding', 'base64, or none', datacontentencoding);
  }
  return undefined;
}

const definedAttributes = new Set(['id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'specversion']);
const definedIn10 = new Set(['dataschema']);
const definedIn03 = new Set(['schemaurl', 'datacontentencoding']);

/** Whether the specification itself defines the attribute; such attributes are strings, never numbers or booleans. */
export function isDefinedAttribute(version: SpecVersion, name: string): boolean {
  return definedAttributes.has(name) || (version === '1.0' ? definedIn10 : definedIn03).has(name);
}

/** Names of attributes that came as numbers or booleans must be extensions. */
export function nonStringProblem(
  version: SpecVersion,
  nonString: { readonly [name: string]: NonStringType | undefined },
): Invalid | undefined {
  for (const name in nonString) {
    if (!isDefinedAttribute(version, name)) continue;
    return invalid('invalid-attribute', `${name}: expected a string, got a JSON ${nonString[name] ?? 'value'}`);
  }
  return undefined;
}

/** Integer of CloudEvents: 32 bits, signed. */
export function isInteger32(value: number): boolean {
  return value === (value | 0);
}
