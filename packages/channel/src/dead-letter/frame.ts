/** How a dead letter is laid out as bytes: what is told of it as JSON, then the event as in a log, under one checksum. */
import { ByteReader, ByteWriter, FrameError, seal, unseal } from '../log/bytes.ts';
import { readRecord, writeRecord } from '../log/frame.ts';
import type { DeadLetter, NewDeadLetter } from './dead-letter.ts';

export function encodeLetter(letter: NewDeadLetter): Buffer {
  const { event, headers, responseBody, ...told } = letter;
  const body = responseBody === undefined ? undefined : Buffer.from(responseBody).toString('base64');
  const text = JSON.stringify({ ...told, body });
  const writer = new ByteWriter();
  writer.reserve(16 + 3 * text.length, 0);
  writer.varint(Buffer.byteLength(text));
  writer.text(text, 'utf8');
  writeRecord(writer, { event, headers }, 0);
  return seal(writer.from(0));
}

/** Undefined when the bytes are not as they were written. */
export function decodeLetter(id: number, value: Uint8Array): DeadLetter | undefined {
  const payload = unseal(value);
  if (payload === undefined) return undefined;
  try {
    const reader = new ByteReader(payload);
    const { body, ...told } = JSON.parse(reader.text(reader.count(), 'utf8'));
    const { event, headers } = readRecord(reader);
    if (reader.left > 0) return undefined;
    const answer = body === undefined ? {} : { responseBody: new Uint8Array(Buffer.from(body, 'base64')) };
    return { ...told, ...answer, id, event, headers };
  } catch (error) {
    if (error instanceof FrameError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
