/** How to come in at a cluster, as each of the two client libraries wants to be told. */
import type { KafkaSecurity } from '@millrace/api';
import type { ConnectionOptions } from '@platformatic/kafka';
import type { KafkaConfig, SASLOptions } from 'kafkajs';

const mechanisms = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

export function connectionSecurity(security: KafkaSecurity | undefined): Pick<ConnectionOptions, 'sasl' | 'tls'> {
  const { sasl, tls } = security ?? {};
  return {
    ...(sasl && { sasl: { mechanism: mechanisms[sasl.mechanism], username: sasl.user, password: sasl.password } }),
    ...(tls && { tls: { ...tls } }),
  };
}

export function adminSecurity(security: KafkaSecurity | undefined): Pick<KafkaConfig, 'sasl' | 'ssl'> {
  const { sasl, tls } = security ?? {};
  const credentials = sasl && { username: sasl.user, password: sasl.password };
  return {
    ...(sasl && { sasl: { mechanism: sasl.mechanism, ...credentials } as SASLOptions }),
    ...(tls && { ssl: { ...tls } }),
  };
}
