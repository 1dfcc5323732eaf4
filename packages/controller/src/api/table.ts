/**
 * Objects as a `meta.k8s.io` Table: what `kubectl get` prints.
 *
 * Source: the Kubernetes API concepts ("Receiving resources as Tables"); columns are those of the kinds.
 */
import type { KindDefinition, PrinterColumn, Resource } from '@millrace/api';
import { humanAge } from './age.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';

/** What a row carries of its object besides the cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

interface Column {
  readonly column: PrinterColumn;
  readonly path: JsonPath;
}

export interface TableOptions {
  /** Version of meta.k8s.io. */
  readonly v: string;
  readonly include: IncludeObject;
  readonly nowMs: number;
  /** The columns are told once to a watch. */
  readonly withColumns: boolean;
}

/** Compiled once for each kind. */
const compiled = new WeakMap<KindDefinition, readonly Column[]>();

function columnsOf(definition: KindDefinition): readonly Column[] {
  const known = compiled.get(definition);
  if (known !== undefined) return known;
  const made = definition.printerColumns.map((column) => ({ column, path: compileJsonPath(column.jsonPath) }));
  compiled.set(definition, made);
  return made;
}

export function tableOf(
  definition: KindDefinition,
  objects: readonly Resource[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): object {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.v}`,
    metadata,
    columnDefinitions: options.withColumns ? columnDefinitions(definition) : [],
    rows: objects.map((object) => rowOf(definition, object, options)),
  };
}

function columnDefinitions(definition: KindDefinition): object[] {
  const name = { name: 'Name', type: 'string', format: 'name', description: 'Name of the object.', priority: 0 };
  const others = definition.printerColumns.map(({ name, type, jsonPath, priority = 0 }) => ({
    name,
    type,
    format: '',
    description: `The value at ${jsonPath}.`,
    priority,
  }));
  return [name, ...others];
}

function rowOf(definition: KindDefinition, object: Resource, options: TableOptions): object {
  const cells = columnsOf(definition).map((column) => cellOf(column, object, options.nowMs));
  return { cells: [object.metadata.name, ...cells], ...included(object, options) };
}

function cellOf({ column, path }: Column, object: Resource, nowMs: number): string | number | null {
  const value = path(object)[0] ?? null;
  if (column.type === 'date') {
    return typeof value === 'string' ? humanAge(nowMs - Date.parse(value)) : '<unknown>';
  }
  if (value === null || typeof value === 'string') return value;
  if (column.type === 'integer' && typeof value === 'number') return value;
  return JSON.stringify(value);
}

function included(object: Resource, { include, v }: TableOptions): { object?: unknown } {
  switch (include) {
    case 'None':
      return {};
    case 'Object':
      return { object };
    case 'Metadata':
      return { object: metadataOnly(object, v) };
  }
}

/** `PartialObjectMetadata` of an object. */
export function metadataOnly(object: Resource, v: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${v}`, metadata: object.metadata };
}
