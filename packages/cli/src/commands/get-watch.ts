/** `millrace get --watch`: what is there, and then each change, until the server or the reader ends it. */
import type { Resource } from '@millrace/api';
import type { ApiClient } from '../client/api.ts';
import { type ServerTable, tableRows } from '../client/server-table.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodes, failed } from '../exit.ts';
import { asYaml, type OutputFormat } from '../terminal/output.ts';
import { renderTable, widthOf } from '../terminal/table.ts';

export interface Watched {
  /** Of the collection. */
  readonly path: string;
  readonly name: string | undefined;
  readonly selector: string | undefined;
  readonly allNamespaces: boolean;
  readonly headers: boolean;
}

export const tableAccept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

type Listed = ServerTable & {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly apiVersion?: string;
  readonly items?: readonly Resource[];
};
type Change = { readonly type: string; readonly object: Resource & ServerTable & { readonly message?: string } };

/** First the list, as one table, then the changes that follow it. */
export async function watchObjects(
  { io: { out } }: CliContext,
  client: ApiClient,
  watched: Watched,
  format: OutputFormat,
): Promise<ExitCode> {
  const asTable = format === 'table' || format === 'wide';
  const accept = asTable ? tableAccept : { accept: 'application/json' };
  const search = new URLSearchParams();
  if (watched.selector) search.set('labelSelector', watched.selector);
  if (watched.name !== undefined) search.set('fieldSelector', `metadata.name=${watched.name}`);
  const listed = await client.getJson<Listed>(`${watched.path}?${search}`, accept);
  const rows = new GrowingTable(watched, format === 'wide');
  if (asTable) out.write(rows.text(listed));
  else for (const object of listed.items ?? []) out.write(textOf(object, format));
  search.set('watch', 'true');
  if (listed.metadata?.resourceVersion) search.set('resourceVersion', listed.metadata.resourceVersion);
  for await (const line of client.lines(`${watched.path}?${search}`, undefined, accept)) {
    const { type, object } = JSON.parse(line) as Change;
    if (type === 'BOOKMARK') continue;
    if (type === 'ERROR') throw failed(`the server ended the watch: ${object.message ?? 'it did not say why'}`);
    out.write(asTable ? rows.text(object) : textOf(object, format));
  }
  return exitCodes.ok;
}

/** Rows that come one at a time stand below those before them; the columns are those of the first table. */
class GrowingTable {
  readonly #watched: Watched;
  readonly #wide: boolean;
  #columns: ServerTable['columnDefinitions'];
  #widths: readonly number[] = [];
  #started = false;

  constructor(watched: Watched, wide: boolean) {
    this.#watched = watched;
    this.#wide = wide;
  }

  text(table: ServerTable): string {
    if (table.columnDefinitions?.length) this.#columns = table.columnDefinitions;
    const whole = { ...table, ...(this.#columns ? { columnDefinitions: this.#columns } : {}) };
    const namespace = this.#watched.allNamespaces;
    const shown = tableRows([whole], { wide: this.#wide, namespace, prefix: undefined });
    if (shown.rows.length === 0) return '';
    const noHeaders = this.#started || !this.#watched.headers;
    this.#started = true;
    const lines = noHeaders ? shown.rows : [shown.headers, ...shown.rows];
    this.#widths = shown.headers.map((_, column) =>
      Math.max(this.#widths[column] ?? 0, ...lines.map((line) => widthOf(line[column] ?? ''))),
    );
    return renderTable({ ...shown, noHeaders, minWidths: this.#widths });
  }
}

function textOf(object: Resource, format: OutputFormat): string {
  if (format === 'name') return `${nameOf(object)}\n`;
  return format === 'json' ? `${JSON.stringify(object)}\n` : `---\n${asYaml(object)}`;
}

/** `kind.group/name`, as kubectl's `-o name`. */
export function nameOf(object: Resource): string {
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
  return `${object.kind.toLowerCase()}${group}/${object.metadata.name}`;
}
