/**
 * Conformance on Apache Kafka: the clauses of Brokers (of class Kafka), KafkaChannels, Subscriptions and flows once more, and
 * those that Kafka has of its own, against the real process and a real server.
 */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { kafka } from './support/kafka-target.ts';
import './clauses/channel-http.ts';
import './clauses/channels.ts';
import './clauses/channel-objects.ts';
import './clauses/flows.ts';
import './clauses/broker.ts';
import './clauses/replies.ts';
import './clauses/delivery.ts';
import './clauses/kafka-brokers.ts';
import './clauses/kafka-sources.ts';
import { clauses } from './ledger.ts';
import { coverageOn } from './support/check.ts';
import { ran, registered, world } from './support/suite.ts';

// Each clause makes topics, and one small node has them all.
vi.setConfig({ maxConcurrency: 8 });

kafka.prepare(() => world.start());

afterAll(() => world.stop());

describe('the run as a whole', () => {
  test('nothing comes after a delivery has ended', () => {
    expect(world.probes.late()).toEqual([]);
  });

  test('no clause made the process fail', () => {
    expect(world.server.stderr()).not.toMatch(/\n\s+at .*\.ts:\d+/);
  });

  test('every clause of this run has a test that ran, and holds', () => {
    const { total, held, problems } = coverageOn('kafka', clauses, registered, ran);
    process.stdout.write(`conformance on Kafka: ${held} of ${total} clauses\n`);
    expect(problems).toEqual([]);
  });
});
