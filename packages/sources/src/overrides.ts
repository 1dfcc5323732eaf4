/** `spec.ceOverrides`: extensions that a source sets on every event, last (reference sections 0.1 and 6.1). */

/** Attributes the specification defines: an override adds extensions, it does not change what an event is. */
const defined = new Set([
  ...['id', 'source', 'type', 'specversion', 'time', 'subject'],
  ...['datacontenttype', 'dataschema', 'data'],
]);

/** The extensions to set. Names are lower-cased, as HTTP header names are read. */
export function overrides(extensions: Readonly<Record<string, string>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(extensions)) {
    const attribute = name.toLowerCase();
    if (!defined.has(attribute)) set[attribute] = value;
  }
  return set;
}
