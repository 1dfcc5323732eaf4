/**
 * What `millrace dev` says at its start: on a terminal a page for people, elsewhere the same facts as `key=value` lines.
 * Everything here goes to stderr. The ready line is the last, and only true ones are printed.
 */
import type { Colors } from '../terminal/color.ts';
import { flow } from '../terminal/table.ts';
import { bytesText, plural, shortDuration, thousands } from '../terminal/text.ts';

export interface BannerFacts {
  readonly version: string;
  readonly nodeVersion: string;
  readonly objects: readonly { readonly kind: string; readonly count: number }[];
  readonly files: readonly string[];
  /** Addresses of brokers, by `namespace/name`. */
  readonly brokers: readonly { readonly name: string; readonly url: string }[];
  readonly dataUrl: string;
  readonly apiUrl: string;
  readonly dataDir: string;
  /** Addresses of channels, by `namespace/name`. */
  readonly channels: readonly { readonly name: string; readonly url: string }[];
  /** `--log`, without secrets. */
  readonly log: string;
  readonly eventsKept: number;
  readonly bytesKept: number;
  readonly pid: number;
  readonly readyMs: number;
  /** What is not as one would wish: ports that moved, triggers that are not ready. */
  readonly warnings: readonly string[];
}

export interface BannerStyle {
  readonly terminal: boolean;
  readonly colors: Colors;
  /** Of the terminal. */
  readonly columns?: number;
}

/** Brokers listed by address; more are counted. */
const listedMax = 5;

/** The first line, before anything is opened: something happens at once. Only on a terminal. */
export function headLine(facts: Pick<BannerFacts, 'version' | 'nodeVersion'>, { colors }: BannerStyle): string {
  return `${colors.bold(`millrace ${facts.version}`)}  local mode, node ${facts.nodeVersion}`;
}

export function bannerLines(facts: BannerFacts, { terminal, colors, columns }: BannerStyle): readonly string[] {
  if (!terminal) return plainLines(facts);
  const words = (symbol: string, text: string) => flow([`  ${symbol}`, ...text.split(' ')], columns, 4, ' ');
  const row = (name: string, value: string) => `  ${colors.bold(name.padEnd(9))}${value}`;
  const lines = ['', ...words(colors.green('✓'), objectsText(facts))];
  for (const warning of facts.warnings) lines.push(...words(colors.yellow('!'), warning));
  lines.push('');
  for (const [index, broker] of facts.brokers.slice(0, listedMax).entries())
    lines.push(row(index === 0 ? 'Send' : '', broker.url));
  if (facts.brokers.length > listedMax)
    lines.push(row('', `… and ${plural(facts.brokers.length - listedMax, 'more broker')}: millrace get brokers -A`));
  const owned = facts.brokers.length === 0 ? 'Send' : 'Channels';
  for (const [index, channel] of facts.channels.slice(0, listedMax).entries())
    lines.push(row(index === 0 ? owned : '', channel.url));
  if (facts.channels.length > listedMax)
    lines.push(row('', `… and ${plural(facts.channels.length - listedMax, 'more channel')}: millrace get channels -A`));
  lines.push(row('kubectl', `kubectl --server ${facts.apiUrl} get brokers,triggers`));
  lines.push(row('Metrics', `${facts.apiUrl}/metrics`));
  lines.push(row('Data', dataText(facts)), '');
  lines.push(`  ${colors.dim(`Try: ${tryLine(facts)}`)}`);
  if (!hasTriggers(facts)) lines.push('', ...firstTrigger(facts).map((line) => `  ${line}`), '');
  const watching = facts.files.length > 0 ? ` Watching ${facts.files.join(', ')}.` : '';
  lines.push(
    ...flow(
      [`${colors.green('Ready')} in ${shortDuration(facts.readyMs)}.${watching}`, 'Ctrl-C stop'],
      columns,
      0,
      '   ',
    ),
    '',
  );
  return lines;
}

/** Somebody wants events: a trigger, or a subscription of a channel. */
const hasTriggers = (facts: BannerFacts) =>
  facts.objects.some(({ kind }) => kind === 'Trigger' || kind === 'Subscription');

/** How to get from a broker alone to an event that arrives somewhere. */
function firstTrigger(facts: BannerFacts): readonly string[] {
  const [broker] = facts.brokers;
  const [namespace, name] = (broker?.name ?? 'default/default').split('/');
  return [
    'No trigger yet: events are kept and go nowhere. Save this and start with -f trigger.yaml:',
    '',
    '  apiVersion: eventing.knative.dev/v1',
    '  kind: Trigger',
    `  metadata: { name: first, namespace: ${namespace} }`,
    '  spec:',
    `    broker: ${name}`,
    '    subscriber: { uri: http://localhost:3000 }',
  ];
}

function plainLines(facts: BannerFacts): readonly string[] {
  const lines = [
    `millrace: version=${facts.version} mode=local node=${facts.nodeVersion} data=${facts.dataDir} log=${facts.log} durable=${facts.log !== 'memory'} events=${facts.eventsKept}`,
    `millrace: objects=${facts.objects.reduce((sum, { count }) => sum + count, 0)} files=${facts.files.join(',') || 'none'}`,
  ];
  for (const { name, url } of facts.brokers.slice(0, listedMax)) lines.push(`millrace: broker=${name} send=${url}`);
  for (const { name, url } of facts.channels.slice(0, listedMax)) lines.push(`millrace: channel=${name} send=${url}`);
  for (const warning of facts.warnings) lines.push(`millrace: warning ${warning}`);
  if (!hasTriggers(facts))
    lines.push('millrace: hint no trigger yet: events are kept and go nowhere; give a Trigger in a file with -f FILE');
  return lines;
}

/** The one line that scripts wait for: stable, also without a terminal, after the last listener is bound. */
export function readyLine(facts: Pick<BannerFacts, 'dataUrl' | 'apiUrl' | 'pid' | 'readyMs'>): string {
  return `millrace: ready data=${facts.dataUrl} api=${facts.apiUrl} pid=${facts.pid} in=${(facts.readyMs / 1000).toFixed(2)}s`;
}

function objectsText(facts: BannerFacts): string {
  const total = facts.objects.reduce((sum, { count }) => sum + count, 0);
  const parts = facts.objects.map(({ kind, count }) => plural(count, kind.toLowerCase()));
  const from = facts.files.length > 0 ? ` from ${facts.files.join(', ')}` : '';
  return `${plural(total, 'object')}${from}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

function dataText(facts: BannerFacts): string {
  if (facts.log === 'memory') return 'in memory: gone when this process ends (--log memory)';
  if (facts.log !== 'local')
    return `${facts.log} (${thousands(facts.eventsKept)} events kept, durable); objects and dead letters in ${facts.dataDir}`;
  return `${facts.dataDir} (${thousands(facts.eventsKept)} events kept, ${bytesText(facts.bytesKept)}, durable)`;
}

function tryLine(facts: BannerFacts): string {
  const [broker] = facts.brokers;
  const name =
    broker === undefined || broker.name === 'default/default' ? '' : ` ${broker.name.replace(/^default\//, '')}`;
  return `npx millrace send${name} --type order.created --data '{"id":1}'`;
}
