/** What a Sequence's and a Parallel's plans have in common: writes of children beside a status. */
import type { ChannelTemplate, ConditionMark, DrainingEntry, Resource, sequenceMarks } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import { changedChannel, isOfTemplate, newChannel, referenceTo } from './children.ts';
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

/** A channel that is wanted, as it is found: the flow's own, or whatever else has its name. */
export interface WantedChannel {
  readonly name: string;
  readonly own: Resource | undefined;
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
export function planChannels(
  wanted: readonly WantedChannel[],
  template: ChannelTemplate,
  owner: Resource,
): ChannelsPlan {
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

/** Sentence for children whose names are taken by objects of somebody else. */
export function takenText(names: readonly string[]): string {
  return `objects of these names are there already and belong to somebody else, or are being deleted: ${names.join(', ')}`;
}
