/** Making events and changed copies of events. */
import {
  contextProblem,
  isDefinedAttribute,
  isInteger32,
  type MutableAttributes,
  nameProblem,
  newAttributes,
  sizeProblem,
  textProblem,
  versionProblem,
} from './attributes.ts';
import { encodingProblem } from './base64.ts';
import type { CloudEvent, NonStringType, SpecVersion } from './event.ts';
import { type DecodedEvent, type Invalid, invalid } from './result.ts';

/** A value for an attribute. Numbers are integers of 32 bits. */
export type AttributeValue = string | number | boolean;

/** Attributes, the data and the version of an event to make; members that are undefined are left out. */
export interface NewEvent {
  readonly specversion?: SpecVersion;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data?: Uint8Array | undefined;
  readonly [name: string]: AttributeValue | Uint8Array | undefined;
}

/** An event from its parts, validated as a received one is. Nothing is filled in but `specversion` 1.0. */
export function makeEvent(parts: NewEvent): DecodedEvent | Invalid {
  const { specversion = '1.0', data, ...rest } = parts;
  const version = versionProblem(specversion);
  if (version !== undefined) return version;
  const change: Change = { attributes: newAttributes(), nonString: undefined };
  let chars = 0;
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (value instanceof Uint8Array) return invalid('invalid-attribute', `${name}: expected a string, got bytes`);
    if (value === undefined) continue;
    const problem = setAttribute(change, specversion, name, value);
    if (problem !== undefined) return problem;
    chars += name.length + String(value).length;
  }
  const problem = sizeProblem(entries.length, chars) ?? contextProblem(specversion, change.attributes);
  if (problem !== undefined) return problem;
  if (data === undefined) return { kind: 'event', event: { specversion, ...compact(change) } };
  const encoding = encodingProblem(specversion, change.attributes, data);
  return encoding ?? { kind: 'event', event: { specversion, ...compact(change), data } };
}

/**
 * A copy of the event with attributes set and removed; the data is the same bytes. Numbers and booleans are marked as such
 * for structured mode. The limits on the number and size of attributes are not applied: what we add for ourselves must
 * not make a good event a bad one.
 *
 * Throws RangeError for a name or value that no event may have: who sets attributes has checked what he takes from users
 * (`makeEvent` reports it as a value).
 */
export function withAttributes(
  event: CloudEvent,
  set: { readonly [name: string]: AttributeValue | undefined },
  remove: readonly string[] = [],
): CloudEvent {
  const { specversion, attributes } = event;
  const change: Change = { attributes: newAttributes(), nonString: undefined };
  // Context is judged again only when something the specification defines is touched.
  let defined = remove.some((name) => isDefinedAttribute(specversion, name));
  for (const name in attributes) {
    if (!remove.includes(name)) change.attributes[name] = attributes[name];
  }
  for (const name in event.nonString) {
    const type = event.nonString[name];
    if (type !== undefined && !remove.includes(name)) mark(change, name, type);
  }
  for (const name of Object.keys(set)) {
    const value = set[name];
    if (value === undefined) continue;
    const problem = setAttribute(change, specversion, name, value);
    if (problem !== undefined) throw new RangeError(problem.message);
    defined ||= isDefinedAttribute(specversion, name);
  }
  const problem = defined ? contextProblem(specversion, change.attributes) : undefined;
  if (problem !== undefined) throw new RangeError(problem.message);
  const { nonString: _, ...rest } = event;
  return { ...rest, ...compact(change) };
}

interface Change {
  readonly attributes: MutableAttributes;
  nonString: { [name: string]: NonStringType | undefined } | undefined;
}

function compact({ attributes, nonString }: Change): Pick<CloudEvent, 'attributes' | 'nonString'> {
  return nonString === undefined ? { attributes } : { attributes, nonString };
}

function mark(change: Change, name: string, type: NonStringType): void {
  change.nonString ??= newAttributes() as { [name: string]: NonStringType | undefined };
  change.nonString[name] = type;
}

function setAttribute(change: Change, version: SpecVersion, name: string, value: AttributeValue): Invalid | undefined {
  const problem = valueProblem(version, name, value);
  if (problem !== undefined) return problem;
  change.attributes[name] = value === 0 ? '0' : String(value);
  if (typeof value === 'number') mark(change, name, 'Integer');
  else if (typeof value === 'boolean') mark(change, name, 'Boolean');
  else if (change.nonString !== undefined) delete change.nonString[name];
  return undefined;
}

function valueProblem(version: SpecVersion, name: string, value: AttributeValue): Invalid | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  if (name === 'specversion') {
    return invalid('invalid-attribute', 'specversion: expected with the event, not among its attributes');
  }
  if (typeof value === 'string') return textProblem(name, value);
  if (isDefinedAttribute(version, name))
    return invalid('invalid-attribute', `${name}: expected a string, got ${value}`);
  if (typeof value === 'boolean' || isInteger32(value)) return undefined;
  return invalid('invalid-attribute', `${name}: expected an integer of 32 bits, got ${value}`);
}
