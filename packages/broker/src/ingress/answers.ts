/** What ingress says. Sources: reference 3.1, 5.1 and 11.2 (status codes, headers), design section 7 (JSON bodies, batch, 404). */
import type { LogRoute } from '@millrace/api';
import type { AppendOutcome } from '@millrace/channel';
import { errorReply, type HttpReply } from '@millrace/runtime';

/** On every answer, those of the server port included. */
export const constantHeaders: readonly string[] = ['allow', 'POST, OPTIONS'];

export const accepted: HttpReply = { statusCode: 202 };

/** Abuse protection of the webhook specification: any origin may send, at any rate. */
export const options: HttpReply = {
  statusCode: 200,
  headers: ['webhook-allowed-origin', '*', 'webhook-allowed-rate', '*'],
};

export const notPost = errorReply(405, 'events are taken with POST; what is taken can be asked with OPTIONS');
export const root = errorReply(
  404,
  'nothing is served at /: expected /<namespace>/<broker>, /channels/<namespace>/<channel> or /kafkasinks/<namespace>/<sink>',
);
export const badPath = errorReply(
  400,
  'bad path: expected /<namespace>/<broker>, /channels/<namespace>/<channel> or /kafkasinks/<namespace>/<sink>',
);
export const notRoot = errorReply(400, 'bad path: this host name means one channel, and takes events at / only');
export const notDelivered = errorReply(500, 'not every subscriber took the event, nor did a dead letter sink');
export const ttlUsedUp =
  'the TTL of the event is used up (knativebrokerttl): it passed too many brokers, is there a loop?';

/** Seconds after which another try is worth it: a log that failed or is opened needs a person or a moment, a full one room. */
const waitSeconds = { opening: 1, full: 10, failed: 5 } as const;

export function unknownAddress(path: string, host: string): HttpReply {
  if (path === '/') return errorReply(404, `there is no channel at ${printable(host)}`);
  const what = path.startsWith('/channels/') ? 'channel' : path.startsWith('/kafkasinks/') ? 'KafkaSink' : 'broker';
  return errorReply(404, `there is no ${what} at ${printable(path)}`);
}

export function opening({ kind }: LogRoute): HttpReply {
  return unavailable(`the log of this ${kind === 'Broker' ? 'broker' : kind} is not open yet`, waitSeconds.opening);
}

/** The answer to an append that kept nothing, or is not known to have kept it. */
export function notAppended(
  outcome: Exclude<AppendOutcome, { readonly kind: 'appended' }>,
  nameOf: (cursor: string) => string,
): HttpReply {
  switch (outcome.kind) {
    case 'busy':
      return unavailable('the log takes no more at the moment', Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)));
    case 'full': {
      const held = outcome.heldBy.slice(0, holdersShownMax).map(nameOf).join(', ');
      const more =
        outcome.heldBy.length > holdersShownMax ? ` and ${outcome.heldBy.length - holdersShownMax} more` : '';
      const by = held === '' ? '' : `; unsettled events of ${held}${more} hold it`;
      return unavailable(`the log is full: ${outcome.reason}${by}`, waitSeconds.full);
    }
    case 'failed':
      return unavailable(`the event could not be stored: ${outcome.reason}`, waitSeconds.failed);
  }
}

/** Names in one answer, at most. */
const holdersShownMax = 3;

function unavailable(error: string, retryAfterSeconds: number): HttpReply {
  return errorReply(503, error.replace(/\s+/g, ' '), ['retry-after', String(retryAfterSeconds)]);
}

function printable(path: string): string {
  const short = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return short.replace(/[^ -~…]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
