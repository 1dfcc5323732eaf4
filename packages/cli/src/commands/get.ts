/** `millrace get`: objects in kubectl's grammar and formats. The server makes the tables, as it does for kubectl. */
import type { KindDefinition, Resource } from '@millrace/api';
import type { ApiClient } from '../client/api.ts';
import type { LocateFlags } from '../client/locate.ts';
import { collectionPath, kindsOfWords } from '../client/resources.ts';
import { type ServerTable, tableRows } from '../client/server-table.ts';
import type { CliContext } from '../context.ts';
import { absent, CliError, type ExitCode, exitCodes, usageError } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { asJson, asYaml, type OutputFormat, parseOutput } from '../terminal/output.ts';
import { renderTable } from '../terminal/table.ts';
import { addNamespaceFlag, addServerFlags, clientOf } from './flags.ts';
import { nameOf, tableAccept, type Watched, watchObjects } from './get-watch.ts';

interface GetFlags extends LocateFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly output?: string;
  readonly selector?: string;
  readonly headers: boolean;
  readonly watch?: boolean;
}

export const get: CommandModule = {
  register(program, context, run) {
    const command = program
      .command('get <kinds> [names...]')
      .description('show objects: kubectl’s grammar')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('-o, --output <format>', 'wide, json, yaml or name')
      .option('-l, --selector <labels>', 'only objects with these labels')
      .option('--no-headers', 'rows without the head of the table')
      .option('-w, --watch', 'go on and show each change')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace get all\n  millrace get triggers -o wide\n  millrace get brokers,triggers -A\n  millrace get channels,subscriptions\n  millrace get trigger ship -o yaml\n  millrace get trigger/ship --watch\n',
      );
    addNamespaceFlag(addServerFlags(command)).action(
      run((words: string, names: string[], flags: GetFlags) => runGet(context, words, names, flags)),
    );
  },
};

/** What to fetch: a collection, or one object of it by name. */
interface Query {
  readonly kind: KindDefinition;
  readonly name: string | undefined;
  readonly path: string;
}

async function runGet(
  context: CliContext,
  words: string,
  names: readonly string[],
  flags: GetFlags,
): Promise<ExitCode> {
  const format = parseOutput(flags.output, ['table', 'wide', 'json', 'yaml', 'name']);
  const queries = queriesOf(words, names, flags);
  const client = await clientOf(flags, context.io);
  if (flags.watch) return watchObjects(context, client, watchedBy(queries, flags), format);
  if (format === 'table' || format === 'wide') return printTables(context, client, queries, format, flags);
  const objects: Resource[] = [];
  const missing: string[] = [];
  for (const query of queries) {
    for (const object of await fetchObjects(client, query, missing)) objects.push(object);
  }
  const single = queries.length === 1 && queries[0]?.name !== undefined && objects[0];
  const value = single || { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  if (format === 'name') context.io.out.write(objects.map((one) => `${nameOf(one)}\n`).join(''));
  else if (missing.length === 0 || objects.length > 0)
    context.io.out.write(format === 'json' ? asJson(value) : asYaml(value));
  return reportMissing(missing);
}

function queriesOf(words: string, names: readonly string[], flags: GetFlags): readonly Query[] {
  const slash = words.indexOf('/');
  const [kindWords, wanted] = slash < 0 ? [words, names] : [words.slice(0, slash), [words.slice(slash + 1), ...names]];
  const found = kindsOfWords(kindWords);
  if (wanted.length > 0 && flags.allNamespaces)
    throw usageError('a name cannot be looked up in all namespaces', 'Give -n NAMESPACE instead of -A.');
  const search = flags.selector ? `?labelSelector=${encodeURIComponent(flags.selector)}` : '';
  return found.flatMap((kind): readonly Query[] => {
    const base = collectionPath(kind, flags.allNamespaces ? undefined : flags.namespace);
    if (wanted.length === 0) return [{ kind, name: undefined, path: base + search }];
    return wanted.map((name) => ({ kind, name, path: `${base}/${encodeURIComponent(name)}` }));
  });
}

async function fetchObjects(client: ApiClient, query: Query, missing: string[]): Promise<readonly Resource[]> {
  try {
    if (query.name !== undefined) return [await client.getJson<Resource>(query.path)];
    const list = await client.getJson<{ apiVersion: string; kind: string; items: readonly Resource[] }>(query.path);
    return list.items.map((item) => ({
      ...item,
      apiVersion: item.apiVersion ?? list.apiVersion,
      kind: item.kind ?? query.kind.kind,
    }));
  } catch (error) {
    noteMissing(error, missing);
    return [];
  }
}

async function printTables(
  context: CliContext,
  client: ApiClient,
  queries: readonly Query[],
  format: OutputFormat,
  flags: GetFlags,
): Promise<ExitCode> {
  const { io } = context;
  const missing: string[] = [];
  const parts: string[] = [];
  const many = new Set(queries.map(({ kind }) => kind)).size > 1;
  // Rows of one kind are one table, whether they were fetched together or by name.
  for (const group of Map.groupBy(queries, ({ kind }) => kind).values()) {
    const tables: ServerTable[] = [];
    for (const query of group) {
      try {
        tables.push(await client.getJson<ServerTable>(query.path, tableAccept));
      } catch (error) {
        noteMissing(error, missing);
      }
    }
    const prefix = many ? `${group[0]?.kind.singular}.${group[0]?.kind.group}`.replace(/\.$/, '') : undefined;
    const shown = tableRows(tables, { wide: format === 'wide', namespace: flags.allNamespaces === true, prefix });
    if (shown.rows.length === 0) continue;
    parts.push(
      renderTable({
        ...shown,
        noHeaders: !flags.headers,
        ...(io.out.isTTY && format === 'table' ? { width: io.out.columns } : {}),
      }),
    );
  }
  io.out.write(parts.join('\n'));
  if (parts.length === 0 && missing.length === 0) {
    io.err.write(
      flags.allNamespaces ? 'No resources found.\n' : `No resources found in ${flags.namespace} namespace.\n`,
    );
  }
  return reportMissing(missing);
}

/** What `--watch` follows: one kind, or one object of it. */
function watchedBy(queries: readonly Query[], flags: GetFlags): Watched {
  const [query] = queries;
  if (!query || queries.length > 1)
    throw usageError('--watch follows one kind or one object', 'Example: millrace get triggers --watch');
  return {
    path: collectionPath(query.kind, flags.allNamespaces ? undefined : flags.namespace),
    name: query.name,
    selector: flags.selector,
    allNamespaces: flags.allNamespaces === true,
    headers: flags.headers,
  };
}

function noteMissing(error: unknown, missing: string[]): void {
  if (!(error instanceof CliError) || error.exitCode !== exitCodes.absent) throw error;
  missing.push(error.message);
}

function reportMissing(missing: readonly string[]): ExitCode {
  if (missing.length > 0) throw absent(missing.join('; '));
  return exitCodes.ok;
}
