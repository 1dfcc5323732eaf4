/**
 * The two requests that carry records, Produce (version 9) and Fetch (version 12), and their answers.
 * All others are the library's own.
 *
 * Source: Kafka's protocol guide. Both versions are spoken by Kafka 3.0 and later.
 */
import { createAPI, type Reader, Writer } from '@platformatic/kafka';
import { answered } from '../errors.ts';
import type { FetchRequest, FetchWanted, IncomingRecord } from '../port.ts';
import { type AbortedTransaction, readBatches } from './batch-reader.ts';

export interface ProducePart {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

export interface ProducedPart {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  readonly message: string | null;
  readonly baseOffset: number;
  /** When the broker stamps records itself; else -1. */
  readonly appendTimeMs: number;
  readonly start: number;
}

const acksOfAll = -1;

function produceRequest(parts: readonly ProducePart[], timeoutMs: number): Writer {
  const topics = [...Map.groupBy(parts, (part) => part.topic)];
  return Writer.create()
    .appendString(null) // no transaction
    .appendInt16(acksOfAll)
    .appendInt32(timeoutMs)
    .appendArray(topics, (writer, [topic, ofTopic]) => {
      writer.appendString(topic).appendArray(ofTopic, (inner, { partition, batch }) => {
        inner
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.byteLength + 1)
          .append(batch);
      });
    })
    .appendTaggedFields();
}

function produceResponse(_correlation: number, _key: number, _version: number, reader: Reader): ProducedPart[] {
  const parts: ProducedPart[] = [];
  reader.readArray((topics) => {
    const topic = topics.readString();
    topics.readArray((one) => {
      const partition = one.readInt32();
      const error = one.readInt16();
      const baseOffset = Number(one.readInt64());
      const appendTimeMs = Number(one.readInt64());
      const start = Number(one.readInt64());
      one.readArray((errors) => [errors.readInt32(), errors.readNullableString()]);
      parts.push({ topic, partition, error, message: one.readNullableString(), baseOffset, appendTimeMs, start });
    });
  });
  return parts;
}

export const produceApi = createAPI<[readonly ProducePart[], number], ProducedPart[]>(
  0,
  9,
  produceRequest,
  produceResponse,
);

export interface FetchedPart {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  readonly start: number;
  readonly end: number;
  readonly records: readonly IncomingRecord[];
  readonly next: number;
  readonly bytes: number;
}

function fetchRequest({ partitions, maxWaitMs, maxBytes, committedOnly }: FetchRequest): Writer {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
  return Writer.create()
    .appendInt32(-1) // not a replica
    .appendInt32(maxWaitMs)
    .appendInt32(1) // answer with the first byte there is
    .appendInt32(maxBytes)
    .appendInt8(committedOnly ? 1 : 0)
    .appendInt32(0) // no session
    .appendInt32(-1)
    .appendArray(topics, (writer, [topic, wanted]) => {
      writer.appendString(topic).appendArray(wanted, (inner, part) => {
        inner
          .appendInt32(part.partition)
          .appendInt32(-1) // leader epoch: any
          .appendInt64(BigInt(part.offset))
          .appendInt32(-1)
          .appendInt64(-1n)
          .appendInt32(part.maxBytes);
      });
    })
    .appendArray([], () => {})
    .appendString('')
    .appendTaggedFields();
}

function fetchResponse({ partitions, committedOnly }: FetchRequest, reader: Reader): FetchedPart[] {
  reader.readInt32(); // throttled: the broker has waited already
  const error = reader.readInt16();
  if (error !== 0) throw answered(error, 'reading');
  reader.readInt32();
  const fetched: FetchedPart[] = [];
  reader.readArray(() => {
    const topic = reader.readString();
    const wanted = new Map(partitions.filter((one) => one.topic === topic).map((one) => [one.partition, one]));
    reader.readArray(() => void fetched.push(fetchedPart(reader, topic, wanted, committedOnly)));
  });
  return fetched;
}

function fetchedPart(
  reader: Reader,
  topic: string,
  wanted: ReadonlyMap<number, FetchWanted>,
  committedOnly: boolean,
): FetchedPart {
  const partition = reader.readInt32();
  const error = reader.readInt16();
  const highWatermark = Number(reader.readInt64());
  const lastStable = Number(reader.readInt64());
  const start = Number(reader.readInt64());
  const aborted: AbortedTransaction[] = [];
  reader.readNullableArray(() => {
    aborted.push({ producerId: reader.readInt64(), firstOffset: Number(reader.readInt64()) });
  });
  reader.readInt32(); // a replica that is nearer: not used
  const size = reader.readUnsignedVarInt() - 1;
  const one = wanted.get(partition);
  const offset = Math.max(one?.offset ?? 0, one?.knownUpTo?.() ?? 0);
  const end = committedOnly ? lastStable : highWatermark;
  if (error !== 0 || size <= 0) {
    if (size > 0) reader.skip(size);
    return { topic, partition, error, start, end, records: [], next: offset, bytes: 0 };
  }
  const bytes = reader.buffer.slice(reader.position, reader.position + size);
  reader.skip(size);
  const { records, next } = readBatches(bytes, offset, committedOnly ? aborted : []);
  return { topic, partition, error, start, end, records, next, bytes: size };
}

const FETCH_KEY = 1;
const FETCH_VERSION = 12;

/** A Fetch with a parser that knows where each partition was to begin, so that what lies before it in a batch is not read. */
export function fetchApi(request: FetchRequest) {
  return createAPI<[], FetchedPart[]>(
    FETCH_KEY,
    FETCH_VERSION,
    () => fetchRequest(request),
    (_correlation, _key, _version, reader) => fetchResponse(request, reader),
  );
}
