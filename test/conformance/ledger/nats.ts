/** NATS JetStream: tested against a real server, in a run of its own (`nats.test.ts`) beside the clauses of Brokers, channels and flows. */
import { type Clause, mustOnNats } from './clause.ts';

const section = '§12.7';

export const nats: readonly Clause[] = [
  mustOnNats('nats.mt-broker', section, 'an MT Broker on a NatsJetStreamChannel delivers at least 5 events'),
  mustOnNats('nats.broker', section, 'a Broker of class NatsJetStreamBroker delivers 5 events'),
  mustOnNats('nats.dead-letter', section, 'a subscriber that fails with 500: the dead letter sink gets 2 events'),
  mustOnNats('nats.filters', section, 'Triggers by type get 3 and 2 events'),
  mustOnNats('nats.same-id', '§11.5; issue 4', 'two events of one id and different sources both arrive'),
  mustOnNats('nats.broker-stream', '§11.6', 'the stream of a Broker is KN_BROKER_<NAMESPACE>__<NAME>'),
  mustOnNats('nats.channel-stream', '§11.5', 'the stream of a channel is KN_<NAMESPACE>__<NAME>; overrideName wins'),
  mustOnNats('nats.deleted', 'issue 4', 'deleting a Broker or a channel removes the stream that was made for it'),
];
