/**
 * The progress of a Trigger, a Subscription or a KafkaSource in its status: `status.delivery`, written on a schedule and only when it changed.
 *
 * D1. At most so many objects are written at a time; the others have their turn at the next, so that ten thousand busy
 *     Triggers cost no more than a few hundred.
 * D2. Of those that are as they were, and only saw the log move on, fewer are written at a time: each of ten thousand
 *     Triggers that do not match moves on with each event.
 * D3. A write of `status.delivery` alone makes nobody reconcile, unless deliveries have stopped or go on: see
 *     `isProgressOnly`.
 */
import { isKafkaSource, kafkaSourceRouteUid, type Resource, topicsOf } from '@millrace/api';
import type { Clock, Logger, Timer } from '@millrace/runtime';
import { isObject, jsonEqual, omit } from '../store/json.ts';
import { refOf } from '../store/keys.ts';
import type { ResourceStore } from '../store/store.ts';
import { isStoreError } from '../store/store-error.ts';
import { ProgressTurn } from './progress-turn.ts';

/** How often progress is written: as often as somebody who watches can take in. */
export const progressIntervalMs = 1_000;
/** Objects written at a time (D1): one shared flush. */
const writesMax = 200;
/** The same of those that only moved on (D2): where there are no more than these, each is written each second. A write is 0.15 ms. */
const movedMax = 20;

/** Where a cursor stands, as the data plane knows it. */
export interface DeliveryProgressView {
  readonly state: string;
  /** Partitions the numbers are of: those that are served by this process, by now. Absent: all there are. */
  readonly partitions?: number;
  readonly position: number;
  readonly end: number;
  readonly lag: number;
  readonly oldestUnsettledMs: number;
  readonly inFlight: number;
  readonly retrying: number;
  readonly reason?: string | undefined;
}

type DeliveryViews = Pick<ReadonlyMap<string, DeliveryProgressView>, 'get'>;

/** The data plane's view of all cursors, by the UID of their Trigger: each is good until the next one is asked for. */
export interface DeliveryProgress {
  read(): DeliveryViews;
}

/** `status.delivery` of a Trigger. */
export interface DeliveryStatus {
  /** `attached`, `detached`, `paused`, `waiting-for-subscriber` or `stalled`. */
  readonly state: string;
  /** First event of the log that is not settled, the end of the log, and the events in between. */
  readonly position: number;
  readonly end: number;
  readonly lag: number;
  readonly inFlight: number;
  readonly retrying: number;
  /** Age of the oldest unsettled event; 0 when nothing is unsettled. */
  readonly oldestUnsettledSeconds: number;
  /** Why it is stalled. */
  readonly reason?: string;
}

interface Entry {
  readonly uid: string;
  readonly object: Resource;
  readonly delivery: DeliveryStatus;
}

export interface ProgressWriterOptions {
  readonly progress: DeliveryProgress;
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs?: number;
  /** All Triggers, Subscriptions and KafkaSources. */
  readonly triggers: () => Iterable<Resource>;
  /** Takes in what the store gave back. */
  readonly accept: (object: Resource) => void;
}

export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #changed = new ProgressTurn<Entry>(writesMax);
  readonly #moved = new ProgressTurn<Entry>(movedMax);

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimer(this.#options.intervalMs ?? progressIntervalMs, () => {
      this.#writing = this.write().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#writing;
  }

  /** Writes what changed, now. Never rejects: what fails has its next turn. */
  async write(): Promise<void> {
    const views = this.#options.progress.read();
    for (const object of this.#options.triggers()) {
      const { uid = '' } = object.metadata;
      const view = viewOf(object, views);
      const turn = view && this.#turnFor(object.status?.['delivery'], view);
      if (view && turn?.hasRoom) turn.add({ uid, object, delivery: deliveryStatus(view) });
      this.#changed.passed(uid);
      this.#moved.passed(uid);
    }
    const turn = [...this.#changed.end(), ...this.#moved.end()];
    await Promise.all(turn.map(({ object, delivery }) => this.#writeOne(object, delivery)));
  }

  /** Asked for each Trigger each second, nearly always in vain: it makes nothing. */
  #turnFor(status: unknown, view: DeliveryProgressView): ProgressTurn<Entry> | undefined {
    if (!isObject(status)) return this.#changed;
    const written = status as Partial<DeliveryStatus>;
    if (!saysHow(written, view)) return this.#changed;
    return written.position === view.position && written.end === view.end ? undefined : this.#moved; // D2
  }

  async #writeOne(object: Resource, delivery: DeliveryStatus): Promise<void> {
    const { store, accept, logger } = this.#options;
    try {
      // `reason` is taken away when there is none: a merge patch keeps what it does not name.
      const body = {
        metadata: { uid: object.metadata.uid },
        status: { delivery: { ...delivery, reason: delivery.reason ?? null } },
      };
      accept(await store.patch(refOf(object), { kind: 'merge', body }, { subresource: 'status' }));
    } catch (error) {
      if (isStoreError(error, 'not-found') || isStoreError(error, 'conflict')) return;
      logger.warn('writing progress failed; it is tried again', { trigger: object.metadata.name, error });
    }
  }
}

function deliveryStatus(view: DeliveryProgressView): DeliveryStatus {
  return {
    state: view.state,
    position: view.position,
    end: view.end,
    lag: view.lag,
    inFlight: view.inFlight,
    retrying: view.retrying,
    oldestUnsettledSeconds: Math.floor(view.oldestUnsettledMs / 1_000),
    ...(view.reason === undefined ? {} : { reason: view.reason }),
  };
}

/** Whether a status says how a view shows it to be, wherever it is. */
function saysHow(written: Partial<DeliveryStatus>, view: DeliveryProgressView): boolean {
  return (
    written.state === view.state &&
    written.lag === view.lag &&
    written.inFlight === view.inFlight &&
    written.retrying === view.retrying &&
    written.oldestUnsettledSeconds === Math.floor(view.oldestUnsettledMs / 1_000) &&
    written.reason === view.reason
  );
}

/** States from what says most about a cursor to what says least. */
const statesByWeight = ['stalled', 'waiting-for-subscriber', 'paused', 'detached', 'attached'];

/** Where the cursor of an object stands. A KafkaSource has one for each topic: they are summed, and the worst state counts. */
function viewOf(object: Resource, views: DeliveryViews): DeliveryProgressView | undefined {
  const { uid = '' } = object.metadata;
  if (!isKafkaSource(object)) return views.get(uid);
  const [first, ...others] = topicsOf(object).flatMap((topic) => {
    const view = views.get(kafkaSourceRouteUid(uid, topic));
    return view === undefined ? [] : [{ ...view }];
  });
  if (first === undefined) return undefined;
  return others.reduce((sum, view) => {
    const worse = statesByWeight.indexOf(view.state) < statesByWeight.indexOf(sum.state);
    const reason = sum.reason ?? view.reason;
    return {
      state: worse ? view.state : sum.state,
      position: sum.position + view.position,
      end: sum.end + view.end,
      lag: sum.lag + view.lag,
      oldestUnsettledMs: Math.max(sum.oldestUnsettledMs, view.oldestUnsettledMs),
      inFlight: sum.inFlight + view.inFlight,
      retrying: sum.retrying + view.retrying,
      ...(reason === undefined ? {} : { reason }),
    };
  }, first);
}

/** Why an object's deliveries have stopped, as its status has it; undefined while they go on. */
export function stalledBecause({ status }: Resource): string | undefined {
  const delivery = status?.['delivery'] as Partial<DeliveryStatus> | undefined;
  return delivery?.state === 'stalled' ? (delivery.reason ?? '') : undefined;
}

/** True when two states of an object differ in nothing but progress and version (D3). */
export function isProgressOnly(before: Resource, after: Resource): boolean {
  if (stalledBecause(before) !== stalledBecause(after)) return false;
  const rest = (object: Resource) => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: '' },
    status: omit(object.status ?? {}, 'delivery'),
  });
  return !jsonEqual(before.status?.['delivery'], after.status?.['delivery']) && jsonEqual(rest(before), rest(after));
}
