/**
 * Conformance on NATS JetStream: the clauses of Brokers (of class NatsJetStreamBroker), NatsJetStreamChannels, Subscriptions and flows once more, and
 * those that NATS has of its own, against the real process and a real server.
 */
import { nats } from './support/nats-target.ts';
import './clauses/channel-http.ts';
import './clauses/channels.ts';
import './clauses/channel-objects.ts';
import './clauses/flows.ts';
import './clauses/broker.ts';
import './clauses/replies.ts';
import './clauses/delivery.ts';
import './clauses/nats.ts';
import { runOn } from './support/runs.ts';

runOn('nats', 'NATS', nats);
