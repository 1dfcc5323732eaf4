/**
 * Attempts and how they ended, as entries. What many attempts have in common (where they go, and how) is said once and
 * named by a number from then on; what each has of its own is its event.
 */
import {
  type Attempt,
  type AttemptOutcome,
  type ByteReader,
  type ByteWriter,
  type NoAnswer,
  readRecord,
  writeRecord,
} from '@millrace/channel';
import { beginEntry, entry, readBytes, readText, writeBytes, writeText } from './entries.ts';

/** An attempt without its event: the same for all of a subscriber, until its route changes. */
export type Way = Omit<Attempt, 'event' | 'headers' | 'memo'>;

const is = { wantsReply: 1, ignoresAnswer: 2, json: 4, binary: 8, caCerts: 16 } as const;

export function writeWay(writer: ByteWriter, id: number, { target, ...way }: Way): void {
  beginEntry(writer, entry.way);
  writer.varint(id);
  writer.u8(
    (way.wantsReply ? is.wantsReply : 0) |
      (way.ignoresAnswer === true ? is.ignoresAnswer : 0) |
      (way.format === undefined ? 0 : is[way.format]) |
      (target.caCerts === undefined ? 0 : is.caCerts),
  );
  writer.f64(way.timeoutMs);
  writeText(writer, target.url);
  writeText(writer, way.namespace);
  if (target.caCerts !== undefined) writeText(writer, target.caCerts);
}

export function readWay(reader: ByteReader): { readonly id: number; readonly way: Way } {
  const id = reader.varint();
  const flags = reader.u8();
  const timeoutMs = reader.f64();
  const url = readText(reader);
  const namespace = readText(reader);
  const format = flags & is.json ? 'json' : flags & is.binary ? 'binary' : undefined;
  const way: Way = {
    target: flags & is.caCerts ? { url, caCerts: readText(reader) } : { url },
    namespace,
    wantsReply: (flags & is.wantsReply) !== 0,
    ignoresAnswer: (flags & is.ignoresAnswer) !== 0,
    ...(format && { format }),
    timeoutMs,
  };
  return { id, way };
}

const reasons = ['timeout', 'unreachable', 'reset', 'bad-answer', 'bad-target'] as const satisfies NoAnswer[];
const ended = { accepted: 0, replied: 1, refused: 2, noAnswer: 3, cancelled: 4 } as const;
const refusal = { retryAfter: 1, note: 2, extensions: 4 } as const;

export function writeOutcome(writer: ByteWriter, id: number, outcome: AttemptOutcome): void {
  beginEntry(writer, entry.outcome);
  writer.varint(id);
  switch (outcome.kind) {
    case 'accepted':
      writer.u8(outcome.reply === undefined ? ended.accepted : ended.replied);
      writer.varint(outcome.statusCode);
      writer.f64(outcome.latencyMs);
      if (outcome.reply) writeRecord(writer, { event: outcome.reply, headers: outcome.replyHeaders ?? [] }, 0);
      return;
    case 'refused':
      writeRefused(writer, outcome);
      return;
    case 'no-answer':
      writer.u8(ended.noAnswer);
      writer.u8(reasons.indexOf(outcome.why));
      writer.f64(outcome.latencyMs);
      writeText(writer, outcome.error);
      return;
    case 'cancelled':
      writer.u8(ended.cancelled);
      return;
  }
}

function writeRefused(writer: ByteWriter, outcome: AttemptOutcome & { readonly kind: 'refused' }): void {
  const { statusCode, latencyMs, body, retryAfter, note, extensions } = outcome;
  writer.u8(ended.refused);
  writer.u8(
    (retryAfter === undefined ? 0 : refusal.retryAfter) |
      (note === undefined ? 0 : refusal.note) |
      (extensions === undefined ? 0 : refusal.extensions),
  );
  writer.varint(statusCode);
  writer.f64(latencyMs);
  writeBytes(writer, body);
  if (retryAfter !== undefined) writeText(writer, retryAfter);
  if (note !== undefined) writeText(writer, note);
  if (extensions !== undefined) writeText(writer, JSON.stringify(extensions));
}

export function readOutcome(reader: ByteReader): AttemptOutcome {
  const kind = reader.u8();
  switch (kind) {
    case ended.accepted:
      return { kind: 'accepted', statusCode: reader.varint(), latencyMs: reader.f64() };
    case ended.replied: {
      const statusCode = reader.varint();
      const latencyMs = reader.f64();
      const { event: reply, headers: replyHeaders } = readRecord(reader);
      return { kind: 'accepted', statusCode, latencyMs, reply, replyHeaders };
    }
    case ended.refused:
      return readRefused(reader);
    case ended.noAnswer: {
      const why = reasons[reader.u8()];
      if (why === undefined) break;
      return { kind: 'no-answer', why, latencyMs: reader.f64(), error: readText(reader) };
    }
    case ended.cancelled:
      return { kind: 'cancelled' };
  }
  throw new Error(`an attempt cannot end as ${kind}`);
}

function readRefused(reader: ByteReader): AttemptOutcome {
  const flags = reader.u8();
  const statusCode = reader.varint();
  const latencyMs = reader.f64();
  const body = readBytes(reader);
  return {
    kind: 'refused',
    statusCode,
    latencyMs,
    body,
    ...(flags & refusal.retryAfter && { retryAfter: readText(reader) }),
    ...(flags & refusal.note && { note: readText(reader) }),
    ...(flags & refusal.extensions && { extensions: JSON.parse(readText(reader)) as Record<string, string> }),
  };
}
