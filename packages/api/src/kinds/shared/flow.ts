/** What Sequence and Parallel share: parts of their status, and their defaults. Source: reference sections 1.6 and 2.4. */
import type { Condition } from '../../resource.ts';
import type { KindContext } from '../kind.ts';
import { type Fields, isFields } from './objects.ts';

/** A child, as `status` names it. */
export interface ChildReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface ChannelStatusEntry {
  readonly channel: ChildReference;
  readonly ready: Condition;
}

export interface SubscriptionStatusEntry {
  readonly subscription: ChildReference;
  readonly ready: Condition;
}

/** A Subscription that is no longer wanted and stays until it has delivered what waits for it. */
export interface DrainingEntry {
  /** Name of the Subscription. */
  readonly subscription: string;
  /** Since when nothing that is in force brings it events; absent: something still may. */
  readonly since?: string;
}

/**
 * The template of a flow that names none. Only the default of the cluster counts: the reference works it out where the
 * namespace is not known, and a flow that moves between installations would change with it otherwise.
 */
export function defaultFlowTemplate(spec: Fields, context: KindContext): Fields {
  const { apiVersion, kind, spec: inner } = context.channelDefaults.cluster;
  const template = { apiVersion, kind, ...(inner === undefined ? {} : { spec: inner }) };
  return { ...spec, channelTemplate: spec['channelTemplate'] ?? template };
}

/** The members of a list that are objects, each with some of its fields replaced; all others as they are. */
export function defaultMembers(list: unknown, replace: (member: Fields) => Fields): unknown {
  return Array.isArray(list) ? list.map((member: unknown) => (isFields(member) ? replace(member) : member)) : list;
}
