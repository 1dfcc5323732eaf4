/** Objects for the tests of kinds, and errors as a client would see them. */
import { admit, defaultKindContext, findKind, type KindContext, renderFieldErrors } from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';

export interface ObjectParts {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, unknown>;
  readonly annotations?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

/** An object with the usual metadata. `parts` other than those of metadata are fields of the object. */
export function object(apiVersion: string, kind: string, parts: ObjectParts = {}): Resource {
  const { name = 'x', namespace = 'default', labels, annotations, ...fields } = parts;
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  return { apiVersion, kind, metadata, ...fields } as unknown as Resource;
}

export function broker(parts: ObjectParts = {}): Resource {
  return object('eventing.knative.dev/v1', 'Broker', parts);
}

/** A Trigger that is right, with some fields of its spec replaced (undefined: left out). */
export function trigger(spec: Record<string, unknown> = {}, parts: ObjectParts = {}): Resource {
  const right = { broker: 'default', subscriber: { uri: 'http://localhost:3000/' } };
  return object('eventing.knative.dev/v1', 'Trigger', { ...parts, spec: withoutUndefined({ ...right, ...spec }) });
}

export function pingSource(spec: Record<string, unknown> = {}, version = 'v1'): Resource {
  const right = { schedule: '* * * * *', sink: { uri: 'http://localhost:3000/' } };
  return object(`sources.knative.dev/${version}`, 'PingSource', { spec: withoutUndefined({ ...right, ...spec }) });
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The text after `validation failed: `, or '' when the object is admitted. */
export function refusal(value: unknown, context: KindContext = defaultKindContext, before?: Resource): string {
  const admitted = admit(value, context, before);
  return admitted.kind === 'ok' ? '' : renderFieldErrors(admitted.errors);
}

/** The object as it would be stored. */
export function admitted(value: unknown, context: KindContext = defaultKindContext): Resource {
  const result = admit(value, context);
  if (result.kind === 'error') throw new Error(renderFieldErrors(result.errors));
  return result.resource;
}

/** Only the first line of the text: the message with its paths, without details. */
export function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

/** The text about a change, both objects being defaulted first. */
export function changeRefusal(before: Resource, after: Resource): string {
  return refusal(after, defaultKindContext, admitted(before));
}

export function definitionOf(resource: Resource) {
  const found = findKind(resource.apiVersion, resource.kind);
  if (found.kind === 'error') throw new Error(renderFieldErrors(found.errors));
  return found.definition;
}
