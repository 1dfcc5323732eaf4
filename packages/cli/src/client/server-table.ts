/** Tables that the server makes (`meta.k8s.io/v1` Table), as rows of text. */
import type { Resource } from '@millrace/api';

export interface ServerTable {
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly { readonly cells: readonly unknown[]; readonly object?: Pick<Resource, 'metadata'> }[];
}

export interface RowOptions {
  /** Also columns that are not shown by default. */
  readonly wide: boolean;
  /** A column with the namespace in front. */
  readonly namespace: boolean;
  /** Put before each name, `trigger.eventing.knative.dev/`, when several kinds are shown. */
  readonly prefix: string | undefined;
}

export function tableRows(
  tables: readonly ServerTable[],
  options: RowOptions,
): { readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const columns = (tables.find(({ columnDefinitions }) => columnDefinitions?.length)?.columnDefinitions ?? [])
    .map((column, index) => ({
      name: column.name.toUpperCase(),
      index,
      shown: options.wide || (column.priority ?? 0) === 0,
    }))
    .filter(({ shown }) => shown);
  const headers = columns.map(({ name }) => name);
  const rows = tables.flatMap((table) =>
    (table.rows ?? []).map((row) => {
      const cells = columns.map(({ index }) => textOf(row.cells[index]));
      if (options.prefix !== undefined && cells.length > 0) cells[0] = `${options.prefix}/${cells[0]}`;
      return options.namespace ? [row.object?.metadata.namespace ?? '', ...cells] : cells;
    }),
  );
  return { headers: options.namespace ? ['NAMESPACE', ...headers] : headers, rows };
}

function textOf(cell: unknown): string {
  if (cell === undefined || cell === null || cell === '') return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}
