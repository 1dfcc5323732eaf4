/**
 * Conformance on NATS JetStream: the clauses of Brokers (of class NatsJetStreamBroker), NatsJetStreamChannels, Subscriptions and flows once more, and
 * those that NATS has of its own, against the real process and a real server.
 */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { nats } from './support/nats-target.ts';
import './clauses/channel-http.ts';
import './clauses/channels.ts';
import './clauses/channel-objects.ts';
import './clauses/flows.ts';
import './clauses/broker.ts';
import './clauses/replies.ts';
import './clauses/delivery.ts';
import './clauses/nats.ts';
import { clauses } from './ledger.ts';
import { coverageOn } from './support/check.ts';
import { ran, registered, world } from './support/suite.ts';

// Each clause makes streams, and one small server has them all.
vi.setConfig({ maxConcurrency: 8 });

nats.prepare(() => world.start());

afterAll(() => world.stop());

describe('the run as a whole', () => {
  test('nothing comes after a delivery has ended', () => {
    expect(world.probes.late()).toEqual([]);
  });

  test('no clause made the process fail', () => {
    expect(world.server.stderr()).not.toMatch(/\n\s+at .*\.ts:\d+/);
  });

  test('every clause of this run has a test that ran, and holds', () => {
    const { total, held, problems } = coverageOn('nats', clauses, registered, ran);
    process.stdout.write(`conformance on NATS: ${held} of ${total} clauses\n`);
    expect(problems).toEqual([]);
  });
});
