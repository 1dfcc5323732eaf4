/** How every dialect reads an attribute of an event. */
import type { CloudEvent } from '../event/index.ts';

/**
 * The canonical text of an attribute or extension; `undefined` when the event has none. `dataschema` and `schemaurl` are
 * one attribute under its names of CloudEvents 1.0 and 0.3: a filter may use either, whatever the event's version.
 */
export function attributeOf(event: CloudEvent, name: string): string | undefined {
  const value = event.attributes[name];
  if (value !== undefined) return value;
  if (name === 'specversion') return event.specversion;
  if (name === 'dataschema') return event.attributes['schemaurl'];
  if (name === 'schemaurl') return event.attributes['dataschema'];
  return undefined;
}
