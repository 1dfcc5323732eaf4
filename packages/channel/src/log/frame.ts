/**
 * How records are laid out as bytes: one frame for a batch of records that became durable together.
 *
 *     version u8 · reserved u8 · crc32 u32 of all that follows · length u32 · log u32 · first offset f64 · time f64 ·
 *     count u32 · records, each: flags u8 · counts · lengths of all texts · all texts as one · length of data · data
 *
 * Numbers are little endian. All texts of a record are written as one string, because a conversion costs per call.
 *
 * F1. Attributes, headers, key and data come back exactly as they were given, lone surrogates and order included.
 * F2. A frame in which any byte changed, or that belongs to another log or offset, decodes as `corrupt`.
 */
import { crc32 } from 'node:zlib';
import { type CloudEvent, type NonStringType, newAttributes, sizeOfEvent } from '@millrace/api';
import { asBuffer, ByteReader, type ByteWriter, FrameError } from './bytes.ts';
import type { LogRecord, NewRecord, Offset } from './log.ts';

const frameVersion = 1;
const headBytes = 34;
const crcAt = 2;
const checkedFrom = 6;

/** What names a batch. It stands in the frame and in the key it is stored under: both must agree. */
export interface BatchHead {
  /** Number of the log within its store. */
  readonly log: number;
  readonly partition: number;
  readonly firstOffset: Offset;
  readonly timeMs: number;
  readonly count: number;
}

export type DecodedBatch =
  | { readonly kind: 'batch'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'corrupt'; readonly reason: string };

const has = { specversion03: 1, data: 2, key: 16, wideText: 32, nonString: 64 } as const;
const formShift = 2;
const dataForms = [undefined, 'json', 'string', 'base64'] as const;

/** Writes one batch and gives its bytes, which are valid until the writer is reset. */
export function encodeBatch(writer: ByteWriter, head: BatchHead, records: readonly NewRecord[]): Buffer {
  let start = writer.reserve(headBytes, writer.position);
  writer.u8(frameVersion);
  writer.u8(0);
  writer.u32(0);
  writer.u32(0);
  writer.u32(head.log);
  writer.f64(head.firstOffset);
  writer.f64(head.timeMs);
  writer.u32(head.count);
  for (const record of records) start = writeRecord(writer, record, start);
  const frame = writer.from(start);
  frame.writeUInt32LE(frame.byteLength, checkedFrom);
  frame.writeUInt32LE(crc32(frame.subarray(checkedFrom)), crcAt);
  return frame;
}

export function decodeBatch(frame: Uint8Array, head: BatchHead): DecodedBatch {
  const wrong = checkHead(asBuffer(frame), head);
  if (wrong !== undefined) return { kind: 'corrupt', reason: wrong };
  try {
    const reader = new ByteReader(frame, headBytes);
    const records: LogRecord[] = [];
    for (let at = 0; at < head.count; at += 1) {
      const { event, headers, key } = readRecord(reader);
      const { partition, timeMs } = head;
      const offset = head.firstOffset + at;
      const bytes = sizeOfEvent(event);
      records.push(
        key === undefined
          ? { event, headers, partition, offset, timeMs, bytes }
          : { event, headers, key, partition, offset, timeMs, bytes },
      );
    }
    if (reader.left > 0) return { kind: 'corrupt', reason: `${reader.left} bytes follow the last record` };
    return { kind: 'batch', records };
  } catch (error) {
    if (error instanceof FrameError) return { kind: 'corrupt', reason: error.message };
    throw error;
  }
}

function checkHead(frame: Buffer, head: BatchHead): string | undefined {
  if (frame.byteLength < headBytes) return `${frame.byteLength} bytes are too few for a batch of records`;
  if (frame[0] !== frameVersion || frame[1] !== 0) return `version ${frame[0]} of a batch of records is not known`;
  if (frame.readUInt32LE(checkedFrom) !== frame.byteLength) return 'the length of a batch of records is not as written';
  if (frame.readUInt32LE(crcAt) !== crc32(frame.subarray(checkedFrom))) {
    return 'the checksum of a batch of records does not match';
  }
  const found = [frame.readUInt32LE(10), frame.readDoubleLE(14), frame.readDoubleLE(22), frame.readUInt32LE(30)];
  const wanted = [head.log, head.firstOffset, head.timeMs, head.count];
  return found.every((value, at) => value === wanted[at])
    ? undefined
    : 'a batch of records stands in the place of another';
}

/** One event with what travels with it. Gives where `start` is now, as `ByteWriter.reserve` does. */
export function writeRecord(writer: ByteWriter, record: NewRecord, start: number): number {
  const { event, headers, key } = record;
  const lengths: number[] = [];
  let text = '';
  let attributes = 0;
  for (const name in event.attributes) {
    const value = event.attributes[name];
    if (value === undefined) continue;
    attributes += 1;
    lengths.push(name.length, value.length);
    text += name + value;
  }
  for (const header of headers) {
    lengths.push(header.length);
    text += header;
  }
  if (key !== undefined) {
    lengths.push(key.length);
    text += key;
  }
  let nonString = 0;
  for (const name in event.nonString) {
    const type = event.nonString[name];
    if (type === undefined) continue;
    nonString += 1;
    lengths.push(2 * name.length + (type === 'Boolean' ? 1 : 0));
    text += name;
  }
  const wide = !text.isWellFormed();
  const dataBytes = event.data?.byteLength ?? 0;
  const room = 3 * text.length + dataBytes + 5 * lengths.length + 40;
  const moved = writer.reserve(room, start);
  writer.u8(flagsOf(event, key, wide, nonString));
  writer.varint(attributes);
  writer.varint(headers.length);
  if (nonString > 0) writer.varint(nonString);
  for (const length of lengths) writer.varint(length);
  if (wide) {
    writer.varint(2 * text.length);
    writer.text(text, 'utf16le');
  } else writeText(writer, text);
  if (event.data !== undefined) {
    writer.varint(dataBytes);
    writer.bytes(event.data);
  }
  return moved;
}

/** The bytes of a text before it. Nearly every one is ASCII, and has as many as characters: that is tried before it is counted. */
function writeText(writer: ByteWriter, text: string): void {
  const start = writer.position;
  writer.varint(text.length);
  const before = writer.position;
  writer.text(text, 'utf8');
  const bytes = writer.position - before;
  if (bytes === text.length) return;
  writer.back(start);
  writer.varint(bytes);
  writer.text(text, 'utf8');
}

function flagsOf(event: CloudEvent, key: string | undefined, wide: boolean, nonString: number): number {
  return (
    (event.specversion === '0.3' ? has.specversion03 : 0) |
    (event.data === undefined ? 0 : has.data) |
    (dataForms.indexOf(event.dataForm) << formShift) |
    (key === undefined ? 0 : has.key) |
    (wide ? has.wideText : 0) |
    (nonString > 0 ? has.nonString : 0)
  );
}

/** `pooled`: the data of small events share memory, see `ByteReader.pooledCopy`. */
export function readRecord(reader: ByteReader, pooled = false): NewRecord {
  const flags = reader.u8();
  const attributeCount = reader.count(2);
  const headerCount = reader.count();
  const nonStringCount = flags & has.nonString ? reader.count() : 0;
  const textCount = 2 * attributeCount + headerCount + (flags & has.key ? 1 : 0);
  const lengths: number[] = [];
  for (let at = 0; at < textCount + nonStringCount; at += 1) lengths.push(reader.varint());
  const textBytes = reader.count();
  const text = reader.text(textBytes, flags & has.wideText ? 'utf16le' : 'utf8');
  const texts: string[] = [];
  let from = 0;
  for (let at = 0; at < lengths.length; at += 1) {
    const length = lengths[at] as number;
    const upTo = from + (at < textCount ? length : Math.floor(length / 2));
    texts.push(text.slice(from, upTo));
    from = upTo;
  }
  if (from !== text.length) throw new FrameError('the lengths of texts do not add up');
  const attributes = newAttributes();
  for (let at = 0; at < 2 * attributeCount; at += 2) attributes[texts[at] as string] = texts[at + 1] as string;
  const headers = texts.slice(2 * attributeCount, 2 * attributeCount + headerCount);
  const dataForm = dataForms[(flags >> formShift) & 3];
  const nonString: Record<string, NonStringType> = Object.create(null);
  for (let at = textCount; at < texts.length; at += 1) {
    nonString[texts[at] as string] = (lengths[at] as number) % 2 === 1 ? 'Boolean' : 'Integer';
  }
  const specversion = flags & has.specversion03 ? '0.3' : '1.0';
  const dataBytes = flags & has.data ? reader.count() : 0;
  const copied = pooled ? reader.pooledCopy(dataBytes) : reader.copy(dataBytes);
  const data = flags & has.data ? copied : undefined;
  // Nearly every event is like this, and spreading is the slow way to make it.
  const plain = nonStringCount === 0 && dataForm === undefined && data !== undefined;
  const event: CloudEvent = plain
    ? { specversion, attributes, data }
    : {
        specversion,
        attributes,
        ...(nonStringCount > 0 ? { nonString } : {}),
        ...(data === undefined ? {} : { data }),
        ...(dataForm === undefined ? {} : { dataForm }),
      };
  return flags & has.key ? { event, headers, key: texts[textCount - 1] as string } : { event, headers };
}
