/** Limits of dead-letter stores. */
import type { NewDeadLetter } from './dead-letter.ts';

/** Bytes of all dead letters, unless told otherwise: as much as one Broker's log, and a person is to look before it is full. */
export const defaultDeadLetterBytes = 1024 ** 3;

/** First bytes of an answer that are kept with a dead letter. */
export const responseBodyBytesMax = 1_024;

/** What makes two puts the same dead letter (D1). */
export function identityOf(letter: NewDeadLetter): string {
  return JSON.stringify([letter.subscription.uid, letter.log.uid, letter.partition, letter.offset]);
}

/** The letter with no more of the answer than is kept. */
export function bounded(letter: NewDeadLetter): NewDeadLetter {
  const body = letter.responseBody;
  if (body === undefined || body.byteLength <= responseBodyBytesMax) return letter;
  return { ...letter, responseBody: body.slice(0, responseBodyBytesMax) };
}

export function deadLettersFull(limitBytes: number): string {
  return `the dead-letter store holds its limit of ${limitBytes} bytes: re-drive or remove dead letters, or raise the limit`;
}
