/** What a Sequence's plan depends on: itself, its children by their names, and how far those that are to go have got. */
import type { ChildReference, Resource, Sequence } from '@millrace/api';
import { childName } from '../child-name.ts';
import { ownChild, subscriptionApiVersion } from '../flow/children.ts';
import { type DrainFacts, drainFacts, drainingPlaces } from '../flow/draining.ts';
import type { ReconcileContext } from '../reconciler.ts';
import type { ReadResource } from '../tracker.ts';

/** Channel and Subscription number i, as they are found. */
export interface SequencePlace {
  readonly name: string;
  /** The Sequence's own; absent: not there, not its own, or on its way out. */
  readonly channel?: Resource;
  readonly subscription?: Resource;
  /** True when the name is taken by what is not the Sequence's own. */
  readonly channelTaken: boolean;
  readonly subscriptionTaken: boolean;
  /** Of a place beyond the last step, whose Subscription is there. */
  readonly drain?: DrainFacts;
}

export interface SequenceObservation {
  readonly sequence: Sequence;
  /** Of all steps, and of what is left of an earlier form. */
  readonly places: readonly SequencePlace[];
  readonly nowMs: number;
}

export function observeSequence(sequence: Sequence, context: ReconcileContext): SequenceObservation {
  const steps = sequence.spec.steps.length;
  const known = Math.max(
    steps,
    sequence.status?.subscriptionStatuses?.length ?? 0,
    ...drainingPlaces(sequence.status?.draining),
  );
  const places: SequencePlace[] = [];
  for (let index = 0; ; index += 1) {
    const place = observePlace(sequence, index, context.read);
    const isThere = place.channel ?? place.subscription;
    if (index >= known && isThere === undefined) break;
    const feeder = places[index - 1]?.subscription;
    const { subscription, channel } = place;
    const drain =
      index < steps || subscription === undefined
        ? undefined
        : drainFacts({
            table: context.tableInForce(),
            channel,
            subscription,
            feeder,
            progressOf: context.progressOf,
          });
    places.push({ ...place, ...(drain === undefined ? {} : { drain }) });
  }
  return { sequence, places, nowMs: context.nowMs };
}

function sequenceChildName(sequence: Resource, index: number): string {
  return childName(sequence.metadata.name, `-kn-sequence-${index}`);
}

function observePlace(sequence: Sequence, index: number, read: ReadResource): SequencePlace {
  const name = sequenceChildName(sequence, index);
  const { namespace = 'default' } = sequence.metadata;
  const foundSubscription = read({ apiVersion: subscriptionApiVersion, kind: 'Subscription', namespace, name });
  const subscription = ownChild(foundSubscription, sequence);
  const { channelTemplate: template } = sequence.spec;
  const before = subscriptionChannel(subscription) ?? sequence.status?.channelStatuses?.[index]?.channel;
  const readChannel = ({ apiVersion, kind }: Pick<ChildReference, 'apiVersion' | 'kind'>) =>
    read({ apiVersion, kind, namespace, name });
  const foundBefore = before === undefined ? undefined : readChannel(before);
  const foundChannel = foundBefore ?? readChannel(template);
  const channel = ownChild(foundChannel, sequence);
  return {
    name,
    channelTaken: foundChannel !== undefined && channel === undefined,
    subscriptionTaken: foundSubscription !== undefined && subscription === undefined,
    ...(channel === undefined ? {} : { channel }),
    ...(subscription === undefined ? {} : { subscription }),
  };
}

/** The channel a Subscription is on. */
function subscriptionChannel(subscription: Resource | undefined): ChildReference | undefined {
  return (subscription?.spec as { readonly channel?: ChildReference } | undefined)?.channel;
}
