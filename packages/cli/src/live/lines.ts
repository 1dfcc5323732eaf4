/** An event and where it went, as text: symbols and the terminal's width for people, plain words elsewhere. */
import type { Colors } from '../terminal/color.ts';
import { flow, widthOf } from '../terminal/table.ts';
import { plural, shortDuration, timeOfDay } from '../terminal/text.ts';
import type { FailedAttemptItem, SettledItem, TakenItem } from './wire.ts';

export interface LineStyle {
  readonly colors: Colors;
  /** Symbols for people; words where no terminal is. */
  readonly symbols: boolean;
  /** Every trigger that did not match, with its reason. */
  readonly verbose: boolean;
  /** Width of the terminal; undefined where there is none, and nothing is shortened. */
  readonly columns: number | undefined;
}

export type Outcome = SettledItem | FailedAttemptItem;

/** Triggers that did not match are named up to this many: beyond, a count says as much. */
const namedMax = 3;
/** Lines after the first stand below the event, not below the time. */
const indent = 10;
/** A source is an address, often a long one: on a terminal its end tells enough. */
const sourceWidthMax = 26;

export function eventLines(
  item: TakenItem,
  outcomes: ReadonlyMap<string, Outcome>,
  style: LineStyle,
): readonly string[] {
  const { colors, columns } = style;
  const source = columns === undefined ? item.source : shortSource(item.source);
  const parts = [
    colors.dim(timeOfDay(Date.parse(item.time))),
    `#${item.offset}`,
    colors.bold(item.type),
    colors.dim(source),
    ...(item.matched.length === 0 ? [colors.yellow('no trigger wanted it')] : []),
    ...item.matched.map((trigger) => outcomeText(trigger, outcomes.get(trigger), style)),
    ...notMatchedTexts(item, style),
  ];
  return flow(parts, columns, indent);
}

/** The outcome of an event that was shown before. */
export function laterLines(item: Outcome, nowMs: number, style: LineStyle): readonly string[] {
  const parts = [style.colors.dim(timeOfDay(nowMs)), `#${item.offset} ${outcomeText(item.trigger, item, style)}`];
  return flow(parts, style.columns, indent);
}

/** All of them when there are few, or when nobody wanted the event; else how many. */
function notMatchedTexts(item: TakenItem, style: LineStyle): readonly string[] {
  const { colors, verbose } = style;
  const all = item.notMatched ?? [];
  const named = verbose ? all : all.length <= namedMax || item.matched.length === 0 ? all.slice(0, namedMax) : [];
  const rest = all.length - named.length;
  return [
    ...named.map(({ trigger, reason }) => colors.dim(`${arrow(style)} ${trigger} – no match: ${reason}`)),
    ...(rest > 0 ? [colors.dim(`– ${rest}${named.length > 0 ? ' more' : ''} no match`)] : []),
  ];
}

function outcomeText(trigger: string, item: Outcome | undefined, style: LineStyle): string {
  const { colors, symbols } = style;
  const to = `${arrow(style)} ${trigger}`;
  if (!item) return `${to} ${colors.dim('…')}`;
  if (item.kind === 'attempt-failed') {
    const when = item.retryInMs === undefined ? '' : ` in ${shortDuration(item.retryInMs)}`;
    const retry = `${symbols ? '↻' : 'retry'} ${item.attempt}/${item.attemptsMax}${when}`;
    return `${to} ${colors.yellow(retry)}: ${item.error}`;
  }
  if (item.outcome === 'delivered') {
    const tries = item.attempts > 1 ? `, ${item.attempts} attempts` : '';
    return `${to} ${colors.green(symbols ? '✓' : 'ok')} ${shortDuration(item.latencyMs ?? 0)}${tries}${item.replied ? ', replied' : ''}`;
  }
  const where = item.to === 'store' ? 'kept in the dead-letter store' : 'dead-lettered';
  // The attempts at the dead letter sink are counted with those at the subscriber.
  const attempts = `${plural(item.attempts, 'attempt')}${item.to === 'sink' ? ' in all' : ''}`;
  return `${to} ${colors.red(`${symbols ? '✗' : 'failed'} ${where}`)}: ${item.error}, ${attempts}`;
}

/** The last path segments that fit, behind an ellipsis. */
function shortSource(source: string): string {
  if (widthOf(source) <= sourceWidthMax) return source;
  const end = source.slice(-(sourceWidthMax - 1));
  const slash = end.indexOf('/');
  return `…${slash < 0 || slash === end.length - 1 ? end : end.slice(slash)}`;
}

const arrow = ({ symbols }: LineStyle) => (symbols ? '→' : '->');
