/** Decides about an answer that points elsewhere. Source: reference 4.2, RFC 9110 section 15.4; see C5 in `call.ts`. */
import type { HeaderFields } from './client.ts';

export type Redirect =
  | { readonly kind: 'follow'; readonly url: string }
  | { readonly kind: 'not-followed'; readonly reason: string };

const KEEPS_METHOD = new Set([307, 308]);
const CHANGES_METHOD = new Set([301, 302, 303]);

/** What to do; undefined when the answer is no redirect. `more`: whether another one may be followed. */
export function redirectOf(statusCode: number, headers: HeaderFields, from: URL, more: boolean): Redirect | undefined {
  if (statusCode < 300) return undefined;
  if (CHANGES_METHOD.has(statusCode)) {
    return stop(`${statusCode} turns a POST into a GET without the event: not followed, answer 307 or 308 instead`);
  }
  if (!KEEPS_METHOD.has(statusCode)) return undefined;
  const { location } = headers;
  if (typeof location !== 'string' || location === '') return stop(`${statusCode} without a Location`);
  if (!URL.canParse(location, from)) return stop(`${statusCode} with a Location that is no URL`);
  const to = new URL(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    return stop(`${statusCode} to a ${to.protocol}// address: only http and https are followed`);
  }
  return more ? { kind: 'follow', url: to.href } : stop('too many redirects');
}

function stop(reason: string): Redirect {
  return { kind: 'not-followed', reason };
}
