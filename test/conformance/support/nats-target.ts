/** The run against a real NATS server: Brokers of class NatsJetStreamBroker, NatsJetStreamChannels. To be loaded before any file with clauses. */
import { sharedNats } from '../../servers/index.ts';
import { natsJetStreamChannel, useTarget } from './target.ts';

export const nats = sharedNats();

useTarget({
  args: () => ['--log', nats().url],
  channels: [natsJetStreamChannel],
  brokerClass: 'NatsJetStreamBroker',
});
