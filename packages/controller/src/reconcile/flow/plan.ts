/** What a Sequence's and a Parallel's plans have in common: writes of children beside a status. */
import type { ChannelTemplate, ConditionMark, DrainingEntry, Resource, sequenceMarks } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import {
  changedChannel,
  changedSubscription,
  isOfTemplate,
  newChannel,
  newSubscription,
  readyOf,
  referenceTo,
  type SubscriptionWish,
  subscriptionApiVersion,
} from './children.ts';
import { drainingText } from './draining.ts';

/** Those of a Parallel have the same names. */
export type FlowMarks = typeof sequenceMarks;

/** `part` says what is not as wanted when a write is refused. */
export type ChildWrite =
  | {
      readonly kind: 'create' | 'update';
      readonly part: 'channels' | 'subscriptions' | 'template';
      readonly object: Resource;
    }
  | { readonly kind: 'remove'; readonly object: Resource };

export interface FlowPlan extends StatusPlan {
  /** In this order. */
  readonly writes: readonly ChildWrite[];
  /** Something drains: look again after this. */
  readonly lookAgainMs?: number;
}

/** A child that is wanted, as it is found: the flow's own, or whatever else has its name. */
export interface WantedChild {
  readonly name: string;
  readonly own?: Resource | undefined;
  /** True when something is in its place that is not the flow's own, or is on its way out. */
  readonly isTaken: boolean;
}

export interface ChannelsPlan {
  readonly writes: readonly ChildWrite[];
  /** The channels as they are, or will be; in the order of what was wanted. */
  readonly channels: readonly Resource[];
  /** Channels that keep a kind other than the template's, by name. */
  readonly kept: readonly string[];
}

/** A channel that is there stays, whatever the template says by now: its events would go with it. */
export function planChannels(wanted: readonly WantedChild[], template: ChannelTemplate, owner: Resource): ChannelsPlan {
  const writes: ChildWrite[] = [];
  const kept: string[] = [];
  const channels = wanted.map(({ name, own, isTaken }): Resource => {
    if (own === undefined) {
      const object = newChannel(name, template, owner);
      if (!isTaken) writes.push({ kind: 'create', part: 'channels', object });
      return object;
    }
    if (!isOfTemplate(referenceTo(own), template)) kept.push(name);
    else {
      const object = changedChannel(own, template);
      if (object !== undefined) writes.push({ kind: 'update', part: 'template', object });
    }
    return own;
  });
  return { writes, channels, kept };
}

/** The Subscription of a channel, with what it is to wish. `start`: where it begins if it has to be made. */
export function planSubscription(
  { name, own, isTaken }: WantedChild,
  channel: Resource,
  wish: SubscriptionWish,
  start: () => string,
  owner: Resource,
): ChildWrite[] {
  const part = 'subscriptions';
  if (own === undefined) {
    if (isTaken) return [];
    return [{ kind: 'create', part, object: newSubscription(name, referenceTo(channel), wish, start(), owner) }];
  }
  const object = changedSubscription(own, wish);
  return object === undefined ? [] : [{ kind: 'update', part, object }];
}

/** What a flow's status says of one of its Subscriptions. */
export function subscriptionStatus({ name, own }: WantedChild, { metadata: { namespace = 'default' } }: Resource) {
  return {
    subscription: { apiVersion: subscriptionApiVersion, kind: 'Subscription', namespace, name },
    ready: readyOf(own, 'Subscription'),
  };
}

export function areReady(statuses: readonly { readonly ready: { readonly status: string } }[]): boolean {
  return statuses.every(({ ready }) => ready.status === 'True');
}

/** The address of a flow: that of its first channel, without the name. Undefined while it has none. */
export function addressOf(channel: Resource | undefined) {
  const { name: _, ...address } = channel?.status?.address ?? { url: '' };
  return address.url === '' ? undefined : address;
}

/** Why children are not ready whose names are taken; undefined when none is. */
export function whyTaken(children: readonly WantedChild[]): string | undefined {
  const names = children.filter(({ isTaken }) => isTaken).map(({ name }) => name);
  return names.length === 0 ? undefined : takenText(names);
}

/** The marks that are not part of `Ready`: only there once they had something to say. */
export function remarks(
  { status }: Resource,
  marks: FlowMarks,
  draining: readonly DrainingEntry[],
  kept: readonly string[],
): ConditionMark[] {
  const all: ConditionMark[] = [];
  if (draining.length > 0) all.push(marks.draining(drainingText(draining)));
  else if (marks.hasDrainMark(status?.conditions)) all.push(marks.drained());
  if (kept.length > 0) all.push(marks.templateNotApplied(keptText(kept)));
  else if (marks.hasTemplateMark(status?.conditions)) all.push(marks.templateApplied());
  return all;
}

function keptText(names: readonly string[]): string {
  return (
    `channels keep the form they were made in, since their events would be lost with them: ${names.join(', ')}; ` +
    'to change them, delete the object and create it anew'
  );
}

function takenText(names: readonly string[]): string {
  return `objects of these names are there already and belong to somebody else, or are being deleted: ${names.join(', ')}`;
}
