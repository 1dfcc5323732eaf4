/**
 * What a running server says while it runs: the same facts for a person at a terminal, as plain lines for a script, or
 * as JSON lines for a collector. One place for `dev` and `start`; all of it goes to stderr.
 */
import { type Clock, createJsonLogger, createLineLogger, type Logger, type LogLevel } from '@millrace/runtime';
import { CliError } from '../exit.ts';
import { LiveView } from '../live/view.ts';
import type { LiveItem } from '../live/wire.ts';
import type { OutStream } from '../terminal/io.ts';
import { flow } from '../terminal/table.ts';
import { plural, shortDuration, timeOfDay } from '../terminal/text.ts';
import { type BannerFacts, bannerLines, headLine, readyLine } from './banner.ts';

export interface ScreenOptions {
  readonly stream: OutStream;
  readonly clock: Clock;
  readonly verbose: boolean;
  readonly logLevel: LogLevel;
}

interface EndFacts {
  readonly eventsKept: number;
  readonly durable: boolean;
  /** Deliveries that were under way and come again at the next start. */
  readonly handedBack: number;
  readonly ranMs: number;
  /** What could not be ended in order. */
  readonly failures: readonly string[];
}

export interface Screen {
  /** Diagnostics of the parts. */
  readonly logger: Logger;
  starting(facts: Pick<BannerFacts, 'version' | 'nodeVersion'>): void;
  /** The ready line is the last of it. */
  ready(facts: BannerFacts): void;
  consumerLine(name: string, line: string): void;
  /** A file changed an object. */
  change(text: string): void;
  /** Something a person has to mend. */
  problem(text: string): void;
  live(item: LiveItem): void;
  stopping(inFlight: number, limit: string): void;
  /** Shows what live lines still wait. */
  endLive(): void;
  stopped(facts: EndFacts): void;
  /** True when it told why the command failed; else somebody else has to. */
  failed(error: unknown): boolean;
}

/** Below the text of a note: behind `12:41:07  ~ `. */
const noteIndent = 12;
/** Names of consumers are padded to the longest so far, within these. */
const nameWidth = { min: 12, max: 20 };

export function textScreen(options: ScreenOptions): Screen {
  const { stream, clock, verbose } = options;
  const { colors, isTTY } = stream;
  const say = (line: string) => stream.write(`${line}\n`);
  const style = () => ({ terminal: isTTY, colors, columns: stream.columns });
  const view = new LiveView({
    clock,
    colors,
    symbols: isTTY,
    verbose,
    write: say,
    ...(isTTY ? { columns: () => stream.columns } : {}),
  });
  /** Words that flow below each other, behind the time and a symbol. */
  const note = (symbol: string, text: string) => {
    const [first = '', ...words] = text.split(' ');
    const start = `${colors.dim(timeOfDay(clock.now()))}  ${symbol} ${first}`;
    for (const line of flow([start, ...words], stream.columns, noteIndent, ' ')) say(line);
  };
  let width = nameWidth.min;
  return {
    logger: createLineLogger(options.logLevel, (line, level) =>
      say(`millrace: ${level === 'warn' ? 'warning' : level} ${line}`),
    ),
    starting(facts) {
      if (isTTY) say(headLine(facts, style()));
    },
    ready(facts) {
      for (const line of bannerLines(facts, style())) say(line);
      if (!isTTY) say(readyLine(facts));
    },
    consumerLine(name, line) {
      width = Math.min(nameWidth.max, Math.max(width, name.length));
      say(`${colors.cyan(`${isTTY ? name.padEnd(width) : name} |`)} ${line}`);
    },
    change: (text) => (isTTY ? note(colors.cyan('~'), text) : say(`millrace: changed ${text}`)),
    problem: (text) => (isTTY ? note(colors.red('✗'), text) : say(`millrace: error ${text}`)),
    live: (item) => view.show(item),
    stopping(inFlight, limit) {
      // Ctrl-C leaves ^C on the line.
      if (isTTY) say(`\r\u001b[Kstopping: ${inFlight} in flight, waiting up to ${limit} (again: stop now)`);
      else say(`millrace: stopping in-flight=${inFlight}`);
    },
    endLive: () => view.end(),
    stopped(facts) {
      for (const failure of facts.failures) say(`millrace: not ended in order: ${failure}`);
      if (!isTTY) {
        const { eventsKept, handedBack, ranMs } = facts;
        say(`millrace: stopped events=${eventsKept} handed-back=${handedBack} after=${shortDuration(ranMs)}`);
        return;
      }
      const kept = facts.durable
        ? `${plural(facts.eventsKept, 'event')} kept; cursors saved`
        : 'Nothing is kept (--log memory)';
      const back =
        facts.handedBack > 0 ? `; ${plural(facts.handedBack, 'delivery', 'deliveries')} will be made again` : '';
      say(`Stopped. ${kept}${back}.`);
    },
    failed: () => false,
  };
}

/** One JSON object a line, also for what is an announcement and no diagnostic. */
export async function jsonScreen(options: ScreenOptions): Promise<Screen> {
  const { stream } = options;
  const announce = await createJsonLogger('info', stream);
  return {
    logger: await createJsonLogger(options.logLevel, stream),
    starting: () => undefined,
    ready({ warnings, ...facts }) {
      for (const warning of warnings) announce.warn(warning);
      announce.info('ready', { ...facts });
    },
    consumerLine: (consumer, line) => announce.info('consumer', { consumer, line }),
    change: (text) => announce.info('changed', { text }),
    problem: (text) => announce.error(text),
    live: (item) => announce.info(item.kind, { ...item }),
    stopping: (inFlight) => announce.info('stopping', { inFlight }),
    endLive: () => undefined,
    stopped: (facts) => announce.info('stopped', { ...facts }),
    failed(error) {
      if (!(error instanceof CliError)) return false;
      announce.error(error.message, error.hint === undefined ? {} : { hint: error.hint });
      return true;
    },
  };
}
