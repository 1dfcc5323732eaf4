/**
 * Headers of messages as text. The client's own header object looks through all names again for each one that it adds, and
 * checks and copies every letter of them: for an event's dozen of headers that is more than reading the event costs.
 *
 * H1. Written: of what is given to the client it only calls `encode`.
 * H2. Read: a message's headers lie before its data in one buffer. Their length follows from the message's size; whether they
 *     are there is looked at, and else the client is asked.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';

const version = 'NATS/1.0';

/** Lines, each with its end, as the client sends them (H1). */
export function headerBlock(lines: string): MsgHdrs {
  const block = { encode: () => Buffer.from(`${version}\r\n${lines}\r\n`, 'latin1') };
  return block as unknown as MsgHdrs;
}

/** What the client's messages have beside what it declares of them: the bytes of subject, reply, headers and data. */
interface Sized {
  size(): number;
}

/** Names and values in turn, as they came (H2). */
export function headersOf(message: Msg & Partial<Sized>): readonly string[] {
  const { data } = message;
  const besides = Buffer.byteLength(message.subject) + Buffer.byteLength(message.reply ?? '') + data.byteLength;
  const bytes = (message.size?.() ?? -1) - besides;
  if (bytes === 0) return [];
  const start = data.byteOffset - bytes;
  if (bytes > 0 && start >= 0) {
    const text = Buffer.from(data.buffer, start, bytes).toString();
    if (text.startsWith(version) && text.endsWith('\r\n\r\n')) return headerFields(text);
  }
  const fields: string[] = [];
  for (const [name, values] of message.headers ?? []) for (const value of values) fields.push(name, value);
  return fields;
}

/** The same of a block of headers: its first line says the version and perhaps a status. */
export function headerFields(block: string): string[] {
  const fields: string[] = [];
  let from = block.indexOf('\r\n') + 2;
  for (let end = block.indexOf('\r\n', from); end > from; end = block.indexOf('\r\n', from)) {
    const colon = block.indexOf(':', from);
    if (colon > from && colon < end) fields.push(block.slice(from, colon), block.slice(colon + 1, end).trim());
    from = end + 2;
  }
  return fields;
}
