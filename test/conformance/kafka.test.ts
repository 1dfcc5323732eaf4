/**
 * Conformance on Apache Kafka: the clauses of Brokers (of class Kafka), KafkaChannels, Subscriptions and flows once more, and
 * those that Kafka has of its own, against the real process and a real server.
 */
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
import { runOn } from './support/runs.ts';

runOn('kafka', 'Kafka', kafka);
