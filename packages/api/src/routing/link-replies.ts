/**
 * Replies that go to a log of the same table: they are appended to it at once, without a way over HTTP.
 *
 * An in-memory channel that lets its sender wait is left out: whoever answers it must wait as any other sender does.
 */
import type { Resource } from '../resource.ts';
import { publishedUrls } from './build-subscription.ts';
import type { LogRoute, SubscriptionRoute } from './table.ts';

export interface BuiltLog {
  readonly resource: Resource;
  readonly route: LogRoute;
}

/** What of a URL decides where it leads: the query plays no part on the data port. */
function addressKey(url: URL): string {
  return `${url.host}${url.pathname.replace(/\/$/, '')}`;
}

/** Addresses under which a log is reached, and the UID of the log. One that two logs claim leads nowhere from here. */
function addressesOf(logs: readonly BuiltLog[]): ReadonlyMap<string, string | undefined> {
  const addresses = new Map<string, string | undefined>();
  for (const { resource, route } of logs) {
    if (route.path === '' || route.accepts === 'delivered') continue;
    const keys = new Set([
      ...publishedUrls(resource).map(addressKey),
      ...(route.rootHosts ?? []),
      ...route.hosts.map((host) => `${host}/${route.namespace}/${route.name}`),
    ]);
    for (const key of keys) addresses.set(key, addresses.has(key) ? undefined : route.uid);
  }
  return addresses;
}

/** The routes, with replies that stay in the table by the UID of their log. */
export function linkReplies(logs: readonly BuiltLog[]): LogRoute[] {
  const addresses = addressesOf(logs);
  const link = (subscription: SubscriptionRoute): SubscriptionRoute => {
    const { reply, ...others } = subscription;
    if (reply === undefined || !URL.canParse(reply.url)) return subscription;
    const replyLogUid = addresses.get(addressKey(new URL(reply.url)));
    return replyLogUid === undefined ? subscription : { ...others, replyLogUid };
  };
  return logs.map(({ route }) => ({ ...route, subscriptions: route.subscriptions.map(link) }));
}
