/**
 * Stores records: one request a node at a time, each with everything that came while the one before was under way.
 *
 * P1. There is no timer: what arrives while nothing is under way goes out in the same turn of the event loop.
 * P2. A partition has at most one batch under way, so that a retry cannot overtake, and its sequence number is what
 *     the broker expects. When a batch was given up the partition goes on with a new producer id: what became of the old
 *     one is not known.
 * P3. What waits is bounded in bytes; above that calls are told to come again.
 */
import { initProducerIdV4 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { answered, asKafkaError, errorName, failure, isPassing, type KafkaError } from './errors.ts';
import { retryDelayMs } from './limits.ts';
import type { OutgoingRecord, ProduceOutcome } from './port.ts';
import { BatchWriter, type ProducerState, recordBytesMax } from './wire/batch-writer.ts';
import { type ProducedPart, produceApi } from './wire/requests.ts';

interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  /** Given up then, by the clock that only grows. */
  readonly untilMs: number;
  readonly resolve: (outcome: ProduceOutcome) => void;
}

interface Batch {
  readonly calls: readonly Call[];
  readonly records: readonly OutgoingRecord[];
  readonly timeMs: number;
}

interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  waiting: Call[];
  /** Built and not settled: sent, or to be sent again (P2). */
  batch: Batch | undefined;
  state: ProducerState | undefined;
  tries: number;
  /** Not before then. */
  againMs: number;
  sent: boolean;
}

/** A batch that was tried and whose end is not known makes the partition begin anew (P2). */
const newIdentity = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH']);
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

export class Producer {
  readonly #cluster: Cluster;
  readonly #queues = new Map<string, Map<number, PartitionQueue>>();
  /** Have something to send, or something under way. */
  readonly #active = new Set<PartitionQueue>();
  readonly #busyNodes = new Set<number>();
  /** One a node: what it wrote stays as it is until the node has answered. */
  readonly #writers = new Map<number, BatchWriter>();
  #queuedBytes = 0;
  #scheduled = false;
  #identity: Promise<{ readonly id: bigint; readonly epoch: number }> | undefined;
  #idle: (() => void)[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  produce(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
    always: boolean,
  ): Promise<ProduceOutcome> {
    let bytes = 0;
    for (const record of records) bytes += recordBytesMax(record);
    if (!always && this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#cluster.limits.queueBytes) {
      return Promise.resolve({ kind: 'busy' }); // P3
    }
    this.#queuedBytes += bytes;
    const queue = this.#queue(topic, partition);
    const untilMs = this.#cluster.clock.monotonic() + this.#cluster.limits.produceMs;
    return new Promise((resolve) => {
      queue.waiting.push({ records, bytes, untilMs, resolve });
      this.#active.add(queue);
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  flush(): Promise<void> {
    return this.#active.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends what is left: it is not known to be stored. */
  abandon(): void {
    for (const queue of this.#active) this.#giveUp(queue, answered('CLOSED', 'appending'), true);
    this.#settleIdle();
  }

  #queue(topic: string, partition: number): PartitionQueue {
    let ofTopic = this.#queues.get(topic);
    if (ofTopic === undefined) {
      ofTopic = new Map();
      this.#queues.set(topic, ofTopic);
    }
    let queue = ofTopic.get(partition);
    if (queue === undefined) {
      queue = {
        topic,
        partition,
        waiting: [],
        batch: undefined,
        state: undefined,
        tries: 0,
        againMs: 0,
        sent: false,
      };
      ofTopic.set(partition, queue);
    }
    return queue;
  }

  /** Everything of this turn of the event loop goes together (P1). */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const nowMs = this.#cluster.clock.monotonic();
    const byNode = new Map<number, PartitionQueue[]>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const queue of this.#active) {
      if (queue.sent) continue;
      if (queue.againMs > nowMs) {
        nextMs = Math.min(nextMs, queue.againMs);
        continue;
      }
      const leader = this.#cluster.knownLeader(queue.topic, queue.partition);
      if (leader === undefined) {
        queue.sent = true;
        void this.#findLeader(queue);
      } else if (!this.#busyNodes.has(leader)) {
        const ofNode = byNode.get(leader);
        if (ofNode === undefined) byNode.set(leader, [queue]);
        else ofNode.push(queue);
      }
    }
    for (const [node, queues] of byNode) void this.#send(node, queues);
    if (nextMs < Number.POSITIVE_INFINITY) this.#cluster.clock.setTimer(nextMs - nowMs, () => this.#pump());
  }

  async #findLeader(queue: PartitionQueue): Promise<void> {
    try {
      await this.#cluster.leaderOf(queue.topic, queue.partition);
      queue.sent = false;
    } catch (thrown) {
      queue.sent = false;
      this.#failed(queue, asKafkaError(thrown, `appending to ${queue.topic}`), false);
    }
    this.#schedule();
  }

  async #send(node: number, queues: readonly PartitionQueue[]): Promise<void> {
    this.#busyNodes.add(node);
    const sent: PartitionQueue[] = [];
    let answeredAll = false;
    try {
      const identity = await this.#identify();
      const parts = this.#parts(this.#writerOf(node), queues, identity, sent);
      const response = await this.#cluster.send('produce', node, produceApi, parts, this.#cluster.limits.requestMs);
      answeredAll = true;
      this.#busyNodes.delete(node);
      this.#handle(response, sent);
    } catch (thrown) {
      this.#busyNodes.delete(node);
      if (answeredAll) throw thrown;
      const error = asKafkaError(thrown, 'appending');
      // Before anything was built nothing is under way: all of them wait for the same.
      for (const queue of sent.length > 0 ? sent : queues) {
        queue.sent = false;
        this.#cluster.noteError(queue.topic, error.code);
        this.#failed(queue, error, sent.length > 0);
      }
    }
    this.#schedule();
  }

  /** The batches of one request, within its size; at least one. */
  #parts(
    writer: BatchWriter,
    queues: readonly PartitionQueue[],
    identity: { readonly id: bigint; readonly epoch: number },
    sent: PartitionQueue[],
  ) {
    const parts = [];
    let bytes = 0;
    writer.reset();
    for (const queue of queues) {
      if (bytes > this.#cluster.limits.requestBytes) break;
      queue.batch ??= this.#build(queue);
      if (queue.batch === undefined) continue;
      queue.state ??= { ...identity, sequence: 0 };
      const batch = writer.batch(queue.batch.records, { producer: queue.state, timeMs: queue.batch.timeMs });
      bytes += batch.byteLength;
      queue.sent = true;
      sent.push(queue);
      parts.push({ topic: queue.topic, partition: queue.partition, batch });
    }
    return parts;
  }

  #writerOf(node: number): BatchWriter {
    let writer = this.#writers.get(node);
    if (writer === undefined) {
      writer = new BatchWriter();
      this.#writers.set(node, writer);
    }
    return writer;
  }

  #build(queue: PartitionQueue): Batch | undefined {
    let count = 0;
    let bytes = 0;
    for (const call of queue.waiting) {
      if (count > 0 && bytes + call.bytes > this.#cluster.limits.batchBytes) break;
      bytes += call.bytes;
      count += 1;
    }
    if (count === 0) return undefined;
    const calls = queue.waiting.slice(0, count);
    queue.waiting = queue.waiting.slice(count);
    const only = count === 1 ? calls[0] : undefined;
    const records = only === undefined ? calls.flatMap((call) => call.records) : only.records;
    return { calls, records, timeMs: this.#cluster.clock.now() };
  }

  #handle(response: readonly ProducedPart[], sent: readonly PartitionQueue[]): void {
    for (const queue of sent) {
      queue.sent = false;
      const part = response.find(({ topic, partition }) => topic === queue.topic && partition === queue.partition);
      if (part?.error === 0) this.#produced(queue, part);
      else this.#refused(queue, part);
    }
  }

  #refused(queue: PartitionQueue, part: ProducedPart | undefined): void {
    const code = part === undefined ? 'CORRUPT_MESSAGE' : errorName(part.error);
    const error = answered(code, `appending to ${queue.topic}`, part?.message ?? undefined);
    if (tooLarge.has(code)) this.#tooLarge(queue, error);
    else {
      this.#cluster.noteError(queue.topic, code);
      this.#failed(queue, error, true);
    }
  }

  #produced(queue: PartitionQueue, part: ProducedPart): void {
    const { batch, state } = queue;
    queue.batch = undefined;
    queue.tries = 0;
    if (batch === undefined) return;
    // Sequence numbers go round at 2^31.
    if (state !== undefined) state.sequence = (state.sequence + batch.records.length) % 2 ** 31;
    const timeMs = part.appendTimeMs >= 0 ? part.appendTimeMs : batch.timeMs;
    let { baseOffset } = part;
    for (const call of batch.calls) {
      const outcome: ProduceOutcome = { kind: 'produced', baseOffset, timeMs };
      baseOffset += call.records.length;
      this.#settle(call, outcome);
    }
    this.#rest(queue);
  }

  /** One call cannot be made smaller; several are sent one by one. */
  #tooLarge(queue: PartitionQueue, error: KafkaError): void {
    const calls = queue.batch?.calls ?? [];
    if (calls.length <= 1) {
      this.#giveUp(queue, error, false);
      return;
    }
    queue.batch = undefined;
    const first = calls[0] as Call;
    queue.waiting = [...calls.slice(1), ...queue.waiting];
    queue.batch = { calls: [first], records: first.records, timeMs: this.#cluster.clock.now() };
  }

  /** `inDoubt`: the batch may have been stored. */
  #failed(queue: PartitionQueue, error: KafkaError, inDoubt: boolean): void {
    const nowMs = this.#cluster.clock.monotonic();
    const over = this.#cluster.closed || this.#isOver(queue, error, nowMs);
    if (newIdentity.has(error.code) && !over) {
      queue.state = undefined;
      this.#identity = undefined;
    } else if (over || !isPassing(error.code)) {
      this.#giveUp(queue, error, inDoubt);
      return;
    }
    queue.tries += 1;
    queue.againMs = nowMs + retryDelayMs(queue.tries);
    this.#active.add(queue);
  }

  /** A batch is given up as a whole; what still waits, call by call. */
  #isOver(queue: PartitionQueue, error: KafkaError, nowMs: number): boolean {
    if (queue.batch !== undefined) return queue.batch.calls.some((call) => call.untilMs <= nowMs);
    for (const call of queue.waiting) if (call.untilMs <= nowMs) this.#settle(call, failure(error));
    queue.waiting = queue.waiting.filter((call) => call.untilMs > nowMs);
    return queue.waiting.length === 0;
  }

  #giveUp(queue: PartitionQueue, error: KafkaError, inDoubt: boolean): void {
    const calls = queue.batch?.calls ?? queue.waiting;
    if (queue.batch === undefined) queue.waiting = [];
    queue.batch = undefined;
    queue.tries = 0;
    queue.againMs = 0;
    if (inDoubt) {
      queue.state = undefined; // P2
      this.#identity = undefined;
    }
    for (const call of calls) this.#settle(call, failure(error));
    this.#rest(queue);
  }

  #settle(call: Call, outcome: ProduceOutcome): void {
    this.#queuedBytes -= call.bytes;
    call.resolve(outcome);
  }

  #rest(queue: PartitionQueue): void {
    if (queue.waiting.length > 0 || queue.batch !== undefined || queue.sent) return;
    this.#active.delete(queue);
    if (this.#active.size === 0) this.#settleIdle();
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** One producer id for all partitions; another one after a batch was given up. */
  #identify(): Promise<{ readonly id: bigint; readonly epoch: number }> {
    this.#identity ??= this.#newIdentity().catch((error) => {
      this.#identity = undefined;
      throw error;
    });
    return this.#identity;
  }

  async #newIdentity(): Promise<{ readonly id: bigint; readonly epoch: number }> {
    const response = await this.#cluster.sendToAny(initProducerIdV4.api, null, this.#cluster.limits.requestMs);
    return { id: response.producerId, epoch: response.producerEpoch };
  }
}
