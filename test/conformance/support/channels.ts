/** Channels, Subscriptions and flows in the namespace of a clause. */
import { addressOf, type Thing } from './api.ts';
import { nextId, post, type Sent } from './events.ts';
import type { Reply } from './http.ts';
import type { Probe } from './probe.ts';
import type { ChannelKind } from './target.ts';
import type { Space } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

export function channelThing(
  space: Space,
  { apiVersion, kind, spec }: ChannelKind,
  name: string,
  more: Fields = {},
): Thing {
  return { ...space.thing(kind, name, { ...spec, ...more }), apiVersion };
}

/** A channel that is ready. */
export async function channel(space: Space, kind: ChannelKind, name: string, more: Fields = {}): Promise<Thing> {
  await space.create(channelThing(space, kind, name, more));
  return space.ready(kind.kind, name);
}

export interface SubscriptionOptions {
  readonly channel: string;
  readonly subscriber: Probe | Fields;
  readonly reply?: Probe | Fields;
  readonly delivery?: Fields;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A probe, or a destination as it is. */
function destination(to: Probe | Fields): Fields {
  return 'received' in to ? { uri: (to as Probe).url } : to;
}

export function subscriptionThing(
  space: Space,
  { apiVersion, kind }: Pick<ChannelKind, 'apiVersion' | 'kind'>,
  name: string,
  { channel: on, subscriber, reply, delivery, annotations }: SubscriptionOptions,
): Thing {
  const spec = {
    channel: { apiVersion, kind, name: on },
    subscriber: destination(subscriber),
    ...(reply === undefined ? {} : { reply: destination(reply) }),
    ...(delivery === undefined ? {} : { delivery }),
  };
  return space.thing('Subscription', name, spec, annotations);
}

/** A Subscription that is ready. */
export async function subscription(
  space: Space,
  kind: Pick<ChannelKind, 'apiVersion' | 'kind'>,
  name: string,
  options: SubscriptionOptions,
): Promise<Thing> {
  await space.create(subscriptionThing(space, kind, name, options));
  return space.ready('Subscription', name);
}

/** A channel with one Subscription, both named `c` and `s` unless told otherwise. */
export async function subscribed(
  space: Space,
  kind: ChannelKind,
  options: Omit<SubscriptionOptions, 'channel'>,
  [channelName, name] = ['c', 's'],
): Promise<string> {
  const made = await channel(space, kind, channelName as string);
  await subscription(space, kind, name as string, { ...options, channel: channelName as string });
  return addressOf(made);
}

/** Sends an event to an address; fails when it is not taken. Returns its id. */
export async function send(url: string, sent: Sent = {}): Promise<string> {
  const id = String(sent.attributes?.['id'] ?? nextId());
  const answer: Reply = await post(url, { ...sent, attributes: { ...sent.attributes, id } });
  if (answer.status !== 202) throw new Error(`the event was answered with ${answer.status}: ${answer.text}`);
  return id;
}

export function refTo({ apiVersion, kind }: Pick<ChannelKind, 'apiVersion' | 'kind'>, name: string): Fields {
  return { ref: { apiVersion, kind, name } };
}

function templateOf({ apiVersion, kind, spec }: ChannelKind): Fields {
  return { apiVersion, kind, ...(spec === undefined ? {} : { spec }) };
}

/** A Sequence or a Parallel with channels of a kind. */
export function flow(
  space: Space,
  kind: 'Sequence' | 'Parallel',
  name: string,
  channels: ChannelKind,
  spec: Fields,
): Thing {
  return space.thing(kind, name, { channelTemplate: templateOf(channels), ...spec });
}
