/** Reading the dead-letter store for `millrace dead-letters`: pages of it, so that a large store is never in memory. */
import { encodeHttp } from '@millrace/api';
import type { DeadLetter, DeadLetterStore } from '@millrace/channel';
import type { DeadLetterLine } from '../client/dead-letters.ts';

const pageLetters = 100;

export interface LetterFilter {
  readonly namespace?: string;
  readonly trigger?: string;
  /** The newest so many of those that match; absent: all. */
  readonly last?: number;
}

/** Dead letters in the order in which they came. */
export async function* readDeadLetters(store: DeadLetterStore, filter: LetterFilter): AsyncGenerator<DeadLetterLine> {
  const kept: DeadLetterLine[] = [];
  for (let after: number | undefined; ; ) {
    const page = await store.list({ limit: pageLetters, ...(after === undefined ? {} : { after }) });
    for (const letter of page) {
      if (!wants(filter, letter)) continue;
      if (filter.last === undefined) yield lineOf(letter);
      else if (kept.push(lineOf(letter)) > filter.last) kept.shift();
    }
    after = page.at(-1)?.id;
    if (page.length < pageLetters || after === undefined) break;
  }
  yield* kept;
}

function wants({ namespace, trigger }: LetterFilter, { subscription }: DeadLetter): boolean {
  if (namespace !== undefined && subscription.namespace !== namespace) return false;
  return trigger === undefined || subscription.name === trigger;
}

function lineOf(letter: DeadLetter): DeadLetterLine {
  const { subscription, log, responseBody, statusCode } = letter;
  return {
    id: letter.id,
    trigger: `${subscription.namespace}/${subscription.name}`,
    broker: `${log.namespace}/${log.name}`,
    partition: letter.partition,
    offset: letter.offset,
    reason: letter.reason,
    destination: letter.destination,
    error: letter.lastError,
    ...(statusCode === undefined ? {} : { statusCode }),
    attempts: letter.attempts,
    firstFailure: new Date(letter.firstFailureMs).toISOString(),
    lastFailure: new Date(letter.lastFailureMs).toISOString(),
    ...(responseBody === undefined ? {} : { responseBody: Buffer.from(responseBody).toString('base64') }),
    event: Buffer.from(encodeHttp(letter.event, 'json', [])).toString('utf8'),
  };
}
