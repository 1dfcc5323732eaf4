/**
 * OpenAPI v3, one document a group and version: from it `kubectl` learns that objects are checked by the server, and
 * `kubectl explain` what the fields mean. The schemas are those of the kinds.
 */
import { apiVersionOf, type JsonSchema, type KindDefinition } from '@millrace/api';
import { isObject } from '../store/json.ts';
import { groupNames, kindsOf, versionsOf } from './discovery.ts';

/** `/openapi/v3` */
export function openApiIndex(): object {
  const paths = ['', ...groupNames()].flatMap((group) =>
    versionsOf(group).map((version) => {
      const path = `${group === '' ? 'api' : 'apis'}/${apiVersionOf(group, version)}`;
      return [path, { serverRelativeURL: `/openapi/v3/${path}` }] as const;
    }),
  );
  return { paths: Object.fromEntries(paths) };
}

/** `/openapi/v3/api/v1`, `/openapi/v3/apis/<group>/<version>` */
export function openApiDocument(group: string, version: string): object {
  const served = kindsOf(group, version);
  return {
    openapi: '3.0.0',
    info: { title: 'Millrace', version: apiVersionOf(group, version) },
    paths: Object.fromEntries(served.map((definition) => pathOf(definition, version))),
    components: { schemas: Object.fromEntries(served.flatMap((definition) => schemasOf(definition, version))) },
  };
}

function parameter(name: string, at: 'query' | 'path', description: string): object {
  return { name, in: at, description, ...(at === 'path' && { required: true }), schema: { type: 'string' } };
}

const writeParameters = [
  parameter('dryRun', 'query', 'All: does everything but the write.'),
  parameter('fieldManager', 'query', 'Who writes.'),
  parameter('fieldValidation', 'query', 'Unknown fields are always refused, as with Strict.'),
];

function pathOf(definition: KindDefinition, version: string): [string, object] {
  const { group, kind, namespaced, plural } = definition;
  const root = `/${group === '' ? 'api' : 'apis'}/${apiVersionOf(group, version)}`;
  const place = { 'x-kubernetes-group-version-kind': { group, version, kind } };
  const answer = {
    description: 'The object.',
    content: { 'application/json': { schema: refTo(definition, version) } },
  };
  const operation = (action: string, parameters: readonly object[]) => ({
    'x-kubernetes-action': action,
    ...place,
    parameters,
    responses: { 200: answer },
  });
  return [
    `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`,
    {
      parameters: [
        parameter('name', 'path', 'Name of the object.'),
        ...(namespaced ? [parameter('namespace', 'path', 'Its namespace.')] : []),
      ],
      get: operation('get', []),
      put: operation('put', writeParameters),
      patch: operation('patch', writeParameters),
      delete: operation('delete', writeParameters.slice(0, 1)),
    },
  ];
}

/** The name of a schema: the group from right to left, version, kind. */
function schemaName({ group, kind }: KindDefinition, version: string): string {
  const prefix = group === '' ? 'io.k8s.api.core' : group.split('.').reverse().join('.');
  return `${prefix}.${version}.${kind}`;
}

function refTo(definition: KindDefinition, version: string): object {
  return { $ref: `#/components/schemas/${schemaName(definition, version)}` };
}

function schemasOf(definition: KindDefinition, version: string): [string, unknown][] {
  const schema = definition.schemas[version] ?? definition.schema;
  const name = schemaName(definition, version);
  const { $defs, ...whole } = schema;
  const gvk = { group: definition.group, version, kind: definition.kind };
  return [
    [name, { ...(translated(whole, name) as object), 'x-kubernetes-group-version-kind': [gvk] }],
    ...Object.entries(($defs ?? {}) as JsonSchema).map(([key, value]): [string, unknown] => [
      `${name}.${key}`,
      translated(value, name),
    ]),
  ];
}

/** JSON Schema in OpenAPI 3.0's words: references into components, a constant as an enumeration of one. */
function translated(schema: unknown, name: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => translated(item, name));
  if (!isObject(schema)) return schema;
  const { const: constant, $schema: _, ...rest } = schema;
  const entries = Object.entries(rest).map(([key, value]) => {
    if (key !== '$ref' || typeof value !== 'string') return [key, translated(value, name)];
    return [key, value.replace(/^#\/\$defs\//, `#/components/schemas/${name}.`)];
  });
  return { ...Object.fromEntries(entries), ...(constant === undefined ? {} : { enum: [constant] }) };
}
