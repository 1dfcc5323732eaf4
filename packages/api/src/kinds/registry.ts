/**
 * All kinds, and how one is found: by what an object says, by a path of the API, by what a person types.
 */
import type { Resource } from '../resource.ts';
import { brokerKind } from './broker/index.ts';
import { channelKind } from './channel/index.ts';
import { configMapKind } from './config-map/index.ts';
import { cronJobSourceKind } from './cron-job-source/index.ts';
import { deploymentKind } from './deployment/index.ts';
import { eventTypeKind } from './event-type/index.ts';
import { type FieldError, fieldError, missingField } from './field-error.ts';
import { gitHubSourceKind } from './github-source/index.ts';
import { inMemoryChannelKind } from './in-memory-channel/index.ts';
import { kafkaChannelKind } from './kafka-channel/index.ts';
import { kafkaSinkKind } from './kafka-sink/index.ts';
import { kafkaSourceKind } from './kafka-source/index.ts';
import type { KindContext, KindDefinition } from './kind.ts';
import { knativeServiceKind } from './knative-service/index.ts';
import { logChannelKind } from './log-channel/index.ts';
import { namespaceKind } from './namespace/index.ts';
import { natsJetStreamChannelKind } from './nats-jet-stream-channel/index.ts';
import { nearestName } from './nearest.ts';
import { parallelKind } from './parallel/index.ts';
import { pingSourceKind } from './ping-source/index.ts';
import { secretKind } from './secret/index.ts';
import { sequenceKind } from './sequence/index.ts';
import { serviceKind } from './service/index.ts';
import { apiVersionOf, splitApiVersion } from './shared/api-version.ts';
import { subscriptionKind } from './subscription/index.ts';
import { triggerKind } from './trigger/index.ts';

/** In the order in which they are listed to people. */
export const kinds: readonly KindDefinition[] = [
  brokerKind,
  triggerKind,
  eventTypeKind,
  channelKind,
  subscriptionKind,
  logChannelKind,
  inMemoryChannelKind,
  kafkaChannelKind,
  natsJetStreamChannelKind,
  sequenceKind,
  parallelKind,
  pingSourceKind,
  cronJobSourceKind,
  gitHubSourceKind,
  kafkaSourceKind,
  kafkaSinkKind,
  configMapKind,
  secretKind,
  serviceKind,
  namespaceKind,
  knativeServiceKind,
  deploymentKind,
];

export type FindKindResult =
  | { readonly kind: 'ok'; readonly definition: KindDefinition; readonly version: string }
  | { readonly kind: 'error'; readonly errors: readonly FieldError[] };

function servedVersions(definition: KindDefinition): string[] {
  return definition.versions.map((version) => apiVersionOf(definition.group, version));
}

function hint(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function fail(message: string, at: string, details: string): FindKindResult {
  return { kind: 'error', errors: [fieldError(message, [[at]], details)] };
}

/** The kind of an object by its `apiVersion` and `kind`. The error names the nearest known ones. */
export function findKind(apiVersion: unknown, kind: unknown): FindKindResult {
  const missing = [
    ...(typeof apiVersion === 'string' && apiVersion !== '' ? [] : ['apiVersion']),
    ...(typeof kind === 'string' && kind !== '' ? [] : ['kind']),
  ];
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || missing.length > 0) {
    return { kind: 'error', errors: [missingField(...missing.map((field) => [field]))] };
  }
  const { group, version } = splitApiVersion(apiVersion);
  const named = kinds.filter((definition) => definition.kind === kind);
  const found = named.find((definition) => definition.group === group && definition.versions.includes(version));
  if (found !== undefined) return { kind: 'ok', definition: found, version };
  if (named.length > 0) {
    const served = named.flatMap(servedVersions);
    const message = `unknown apiVersion "${apiVersion}" of kind ${kind}${hint(apiVersion, served)}`;
    return fail(message, 'apiVersion', `known for ${kind}: ${served.join(', ')}`);
  }
  const inGroup = kinds.filter((definition) => definition.group === group);
  const known = (inGroup.length > 0 ? inGroup : kinds).map((definition) => definition.kind);
  const message = `unknown kind "${kind}" in ${apiVersion}${hint(
    kind,
    kinds.map((definition) => definition.kind),
  )}`;
  return fail(message, 'kind', `known kinds: ${[...new Set(known)].join(', ')}`);
}

/** The kind behind a path of the API, such as `/apis/eventing.knative.dev/v1/…/triggers`. */
export function findPlural(group: string, version: string, plural: string): KindDefinition | undefined {
  return kinds.find((kind) => kind.group === group && kind.versions.includes(version) && kind.plural === plural);
}

/** The kinds a person may mean by a name: plural, singular, short name or kind, with or without `.group`. */
export function findByName(name: string): readonly KindDefinition[] {
  const wanted = name.toLowerCase();
  const dot = wanted.indexOf('.');
  const [word, group] = dot < 0 ? [wanted, undefined] : [wanted.slice(0, dot), wanted.slice(dot + 1)];
  return kinds.filter(
    (kind) =>
      (group === undefined || kind.group === group) &&
      (kind.plural === word || kind.singular === word || kind.shortNames.includes(word)),
  );
}

/** Names by which kinds can be asked for: for messages and hints. */
export function kindNames(): readonly string[] {
  return [...new Set(kinds.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames]))];
}

export type AdmitResult =
  | { readonly kind: 'ok'; readonly definition: KindDefinition; readonly resource: Resource }
  | { readonly kind: 'error'; readonly errors: readonly FieldError[] };

/**
 * What a webhook does with an object: find its kind, apply defaults, check it, and its change against `before`.
 *
 * @param object any value, such as a document of a manifest.
 * @param before the stored object when this is an update, in the storage version.
 * @returns the object with defaults in the storage version, or all that is wrong with it.
 */
export function admit(object: unknown, context: KindContext, before?: Resource): AdmitResult {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    return { kind: 'error', errors: [fieldError('expected an object with apiVersion, kind and metadata', [[]])] };
  }
  const resource = object as Resource;
  const found = findKind(resource.apiVersion, resource.kind);
  if (found.kind === 'error') return found;
  const { definition } = found;
  const defaulted = definition.applyDefaults(resource, context);
  const errors = definition.validate(defaulted, context);
  if (errors.length > 0) return { kind: 'error', errors };
  const stored = definition.convert(defaulted, definition.storageVersion);
  const changes = before === undefined ? [] : definition.validateUpdate(before, stored);
  return changes.length > 0 ? { kind: 'error', errors: changes } : { kind: 'ok', definition, resource: stored };
}
