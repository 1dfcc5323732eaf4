/**
 * Defaults many kinds share. All of them leave a value of a wrong shape alone: validation will speak of it.
 */
import { type Fields, fieldsOf, isFields } from './objects.ts';

/** A reference with the namespace of the object that holds it, when it names none. */
export function defaultReference(ref: unknown, namespace: string | undefined): unknown {
  if (!isFields(ref) || namespace === undefined || (ref['namespace'] ?? '') !== '') return ref;
  return { ...ref, namespace };
}

/** A destination whose `ref` has a namespace. */
export function defaultDestination(destination: unknown, namespace: string | undefined): unknown {
  if (!isFields(destination) || destination['ref'] === undefined) return destination;
  return { ...destination, ref: defaultReference(destination['ref'], namespace) };
}

/** A DeliverySpec whose dead letter sink has a namespace. */
export function defaultDelivery(delivery: unknown, namespace: string | undefined): unknown {
  if (!isFields(delivery) || delivery['deadLetterSink'] === undefined) return delivery;
  return { ...delivery, deadLetterSink: defaultDestination(delivery['deadLetterSink'], namespace) };
}

/** A copy of an object's fields with some replaced, where they are there. */
export function replacePresent(
  fields: Fields,
  replacements: { readonly [name: string]: (value: unknown) => unknown },
): Fields {
  const next: Record<string, unknown> = { ...fields };
  for (const [name, replace] of Object.entries(replacements)) {
    if (fields[name] !== undefined) next[name] = replace(fields[name]);
  }
  return next;
}

/** A map with one more entry. */
export function withEntry(map: unknown, name: string, value: string): Fields {
  return { ...fieldsOf(map), [name]: value };
}
