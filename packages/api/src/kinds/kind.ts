/**
 * What a kind is made of, and how an object of it is defaulted and checked.
 *
 * An object goes through: members that are null are left out; defaults; schema; metadata; the kind's own rules. The rules
 * only see objects whose fields have the types of the schema.
 */
import type { Resource } from '../resource.ts';
import { type BrokerDefaults, shippedBrokerDefaults } from './broker/config.ts';
import type { ConditionSet } from './conditions.ts';
import { type FieldError, type FieldPath, fieldError, invalidValue } from './field-error.ts';
import { checkSchema, type JsonSchema } from './schema-check.ts';
import { apiVersionOf, splitApiVersion } from './shared/api-version.ts';
import { type ChannelDefaults, shippedChannelDefaults } from './shared/channel-template.ts';
import { type NameRule, validateMetadata } from './shared/metadata.ts';
import { fieldsOf, isFields, isNestedDeeper, withoutNulls } from './shared/objects.ts';

/** A column of `get`, as in a CustomResourceDefinition. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  /** In Kubernetes' JSONPath dialect. */
  readonly jsonPath: string;
  /** 0 when absent; others are only shown with `-o wide`. */
  readonly priority?: number;
}

/** What defaults and rules depend on besides the object: settings of the installation. */
export interface KindContext {
  /** The namespace of objects that name none. */
  readonly namespace: string;
  readonly brokerDefaults: BrokerDefaults;
  readonly channelDefaults: ChannelDefaults;
  /** config-ping-defaults `data-max-size`, in bytes; −1: no limit. */
  readonly pingDataBytesMax: number;
}

export const defaultKindContext: KindContext = {
  namespace: 'default',
  brokerDefaults: shippedBrokerDefaults,
  channelDefaults: shippedChannelDefaults,
  pingDataBytesMax: -1,
};

/** A kind, ready for use: what a store, a webhook and a command need of it. All functions are pure. */
export interface KindDefinition {
  /** Empty for the core group. */
  readonly group: string;
  /** Versions served, the preferred one first. */
  readonly versions: readonly string[];
  readonly storageVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly printerColumns: readonly PrinterColumn[];
  /** Schema of the storage version. */
  readonly schema: JsonSchema;
  /** Schema of each served version. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** Absent for kinds that have no conditions. */
  readonly conditionSet?: ConditionSet;
  /** The object with its defaults, in the version it came in. Never fails: what is malformed is left as it is. */
  applyDefaults(resource: Resource, context: KindContext): Resource;
  /** What is wrong with an object, after defaults. */
  validate(resource: Resource, context: KindContext): FieldError[];
  /** What is wrong with a change, both being valid objects of the same version. */
  validateUpdate(before: Resource, after: Resource): FieldError[];
  /** The same object in another served version. Lossless: there and back gives an equal object. */
  convert(resource: Resource, version: string): Resource;
}

/** The parts of a kind that `defineKind` puts together. */
export interface KindParts {
  readonly group: string;
  readonly versions: readonly string[];
  readonly storageVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly namespaced?: boolean;
  readonly nameRule?: NameRule;
  readonly printerColumns: readonly PrinterColumn[];
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly conditionSet?: ConditionSet | undefined;
  readonly applyDefaults: (resource: Resource, context: KindContext) => Resource;
  readonly validate: (resource: Resource, context: KindContext) => FieldError[];
  readonly validateUpdate: (before: Resource, after: Resource) => FieldError[];
  readonly convert?: (resource: Resource, version: string) => Resource;
}

/** Objects nested deeper are refused unread: checks recurse, and a stack is not endless. No manifest comes near. */
const nestingMax = 100;

export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
export const readyColumns: readonly PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
];

/** A column of text. */
export function column(name: string, jsonPath: string): PrinterColumn {
  return { name, type: 'string', jsonPath };
}

/** A column that is only shown with `-o wide`. */
export function wideColumn(name: string, jsonPath: string, type: PrinterColumn['type'] = 'string'): PrinterColumn {
  return { name, type, jsonPath, priority: 1 };
}

function startsWith(path: FieldPath, prefix: FieldPath): boolean {
  return prefix.every((step, index) => path[index] === step);
}

/** Findings of the schema about places where the kind's own rules say nothing. */
function notCovered(found: readonly FieldError[], own: readonly FieldError[]): FieldError[] {
  const covered = (place: FieldPath): boolean =>
    own.some((error) => error.locations.some((location) => startsWith(location, place)));
  return found.filter((error) => !error.locations.some(covered));
}

function validateWith(parts: KindParts, schema: JsonSchema, resource: Resource, context: KindContext): FieldError[] {
  if (isNestedDeeper(resource, nestingMax)) {
    return [fieldError(`nested more than ${nestingMax} levels deep`, [['spec']])];
  }
  const object = withoutNulls(resource) as Resource;
  const { structural, unknown, values } = checkSchema(schema, object);
  const sound = (part: string): boolean =>
    !structural.some(({ locations }) => locations.some((place) => place.length === 0 || place[0] === part));
  let own: readonly FieldError[] = [];
  if (isFields(object.metadata) && sound('metadata')) {
    const { nameRule = 'subdomain', namespaced = true } = parts;
    own = validateMetadata(object.metadata, { nameRule, namespaced });
    if (structural.length === 0) own = [...own, ...parts.validate(object, context)];
  }
  return [...own, ...structural, ...unknown, ...notCovered(values, own)];
}

/** Metadata with the namespace of the context, for objects that name none. */
function inNamespace(resource: Resource, parts: KindParts, context: KindContext): Resource {
  const metadata = fieldsOf(resource.metadata);
  if (parts.namespaced === false || !isFields(resource.metadata) || (metadata['namespace'] ?? '') !== '')
    return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace: context.namespace } };
}

/** Puts a kind together. A version without a schema is a bug of the kind and throws. */
export function defineKind(parts: KindParts): KindDefinition {
  const schemaOf = (version: string): JsonSchema => {
    const schema = Object.hasOwn(parts.schemas, version) ? parts.schemas[version] : undefined;
    if (schema === undefined) throw new Error(`kind ${parts.kind} has no schema for version ${version}`);
    return schema;
  };
  return {
    group: parts.group,
    versions: parts.versions,
    storageVersion: parts.storageVersion,
    kind: parts.kind,
    plural: parts.plural,
    singular: parts.kind.toLowerCase(),
    shortNames: parts.shortNames ?? [],
    namespaced: parts.namespaced ?? true,
    printerColumns: parts.printerColumns,
    schema: schemaOf(parts.storageVersion),
    schemas: parts.schemas,
    ...(parts.conditionSet === undefined ? {} : { conditionSet: parts.conditionSet }),
    applyDefaults: (resource, context) => {
      if (isNestedDeeper(resource, nestingMax)) return resource;
      return parts.applyDefaults(inNamespace(withoutNulls(resource) as Resource, parts, context), context);
    },
    validate: (resource, context) => {
      const { group, version } = splitApiVersion(String(resource.apiVersion));
      if (group !== parts.group || !parts.versions.includes(version) || resource.kind !== parts.kind) {
        const known = parts.versions.map((served) => apiVersionOf(parts.group, served)).join(' or ');
        return [invalidValue(resource.apiVersion, ['apiVersion'], `expected kind ${parts.kind} of ${known}`)];
      }
      return validateWith(parts, schemaOf(version), resource, context);
    },
    validateUpdate: parts.validateUpdate,
    convert: (resource, version) => {
      if (splitApiVersion(resource.apiVersion).version === version) return resource;
      const apiVersion = apiVersionOf(parts.group, version);
      return parts.convert?.(resource, version) ?? { ...resource, apiVersion };
    },
  };
}
