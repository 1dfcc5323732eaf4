/** The events that `millrace send` sends: from flags, or from a file of structured events. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CloudEvent, decodeHttp, makeEvent, type NewEvent } from '@millrace/api';
import type { CliContext } from '../context.ts';
import { absent, usageError } from '../exit.ts';

export interface EventFlags {
  readonly id?: string;
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly data?: string;
  readonly dataBase64?: string;
  readonly contentType?: string;
  readonly extension?: readonly string[];
  readonly file?: string;
}

const defaultSource = '/millrace/send';
const defaultType = 'dev.millrace.example';

/** Makes the n-th event. `count` is how many a file holds; 1 for an event from flags, which may be sent any number of times. */
export interface EventSupply {
  readonly count: number;
  make(index: number): CloudEvent;
}

export async function supplyOf(flags: EventFlags, context: CliContext): Promise<EventSupply> {
  if (flags.file !== undefined) {
    const named = (['id', 'type', 'source', 'subject', 'data', 'dataBase64', 'contentType', 'extension'] as const).find(
      (name) => flags[name] !== undefined,
    );
    if (named) throw usageError(`--file holds whole events: --${named} cannot be given as well`);
    const events = parseEvents(await readBytes(flags.file, context), flags.file);
    return { count: events.length, make: (index) => events[index % events.length] as CloudEvent };
  }
  const data = await dataOf(flags, context);
  const parts = partsOf(flags, data);
  const first = checked(parts, flags.id ?? context.random.uuid(), context);
  return {
    count: 1,
    make(index) {
      if (index === 0) return first;
      return checked(parts, flags.id === undefined ? context.random.uuid() : `${flags.id}-${index}`, context);
    },
  };
}

type Parts = Pick<NewEvent, 'source' | 'type' | 'data'> & Readonly<Record<string, string | Buffer | undefined>>;

function partsOf(flags: EventFlags, data: Buffer | undefined): Parts {
  const extensions: Record<string, string> = {};
  for (const text of flags.extension ?? []) {
    const equals = text.indexOf('=');
    if (equals < 1) throw usageError(`--extension ${text} is not name=value`);
    extensions[text.slice(0, equals)] = text.slice(equals + 1);
  }
  const contentType = flags.contentType ?? (data && isJson(data) ? 'application/json' : data && 'text/plain');
  return {
    source: flags.source ?? defaultSource,
    type: flags.type ?? defaultType,
    ...(flags.subject === undefined ? {} : { subject: flags.subject }),
    ...(contentType === undefined ? {} : { datacontenttype: contentType }),
    ...extensions,
    data,
  };
}

function checked(parts: Parts, id: string, { clock }: CliContext): CloudEvent {
  const made = makeEvent({ ...parts, id, time: new Date(clock.now()).toISOString() });
  if (made.kind === 'invalid') throw usageError(`this is not a valid event: ${made.message}`);
  return made.event;
}

/** `--data`: the text itself, `@file`, or `-` for standard input. */
async function dataOf(flags: EventFlags, context: CliContext): Promise<Buffer | undefined> {
  if (flags.data !== undefined && flags.dataBase64 !== undefined)
    throw usageError('--data and --data-base64 exclude each other');
  if (flags.dataBase64 !== undefined) {
    const bytes = Buffer.from(flags.dataBase64, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== flags.dataBase64.replace(/=+$/, ''))
      throw usageError('--data-base64 is not base64');
    return bytes;
  }
  if (flags.data === undefined) return undefined;
  if (flags.data === '-') return context.io.readInput();
  if (flags.data.startsWith('@')) return readBytes(flags.data.slice(1), context);
  return Buffer.from(flags.data);
}

export async function readBytes(file: string, { io }: CliContext): Promise<Buffer> {
  if (file === '-') return io.readInput();
  try {
    return await readFile(resolve(io.cwd, file));
  } catch (error) {
    throw absent(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`);
  }
}

/** Events of a file: one structured event, a JSON array of them, or one a line. */
export function parseEvents(bytes: Buffer, file: string): readonly CloudEvent[] {
  const text = bytes.toString('utf8').trim();
  if (text === '')
    throw usageError(
      `${file} is empty`,
      'It should hold structured CloudEvents: one, a JSON array of them, or one a line.',
    );
  const whole = text.startsWith('[')
    ? decodeHttp({ 'content-type': 'application/cloudevents-batch+json' }, bytes)
    : decodeHttp({ 'content-type': 'application/cloudevents+json' }, bytes);
  if (whole.kind === 'batch' && whole.events.length > 0) return whole.events;
  if (whole.kind === 'event') return [whole.event];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1 && !text.startsWith('['))
    return lines.map((line, index) => eventOfLine(line, `${file}:${index + 1}`));
  throw usageError(`${file} holds no valid event: ${whole.kind === 'invalid' ? whole.message : 'the array is empty'}`);
}

function eventOfLine(line: string, where: string): CloudEvent {
  const decoded = decodeHttp({ 'content-type': 'application/cloudevents+json' }, Buffer.from(line));
  if (decoded.kind !== 'event')
    throw usageError(`${where} holds no valid event: ${decoded.kind === 'invalid' ? decoded.message : 'a batch'}`);
  return decoded.event;
}

function isJson(data: Buffer): boolean {
  try {
    JSON.parse(data.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
