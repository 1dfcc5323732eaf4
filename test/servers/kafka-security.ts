/** Who may talk to a test's Kafka and how: one user for all SASL mechanisms, and TLS by PEM files. */
import type { ServerTls } from './certificates.ts';

/** A Kafka cluster's name for itself: 22 characters. */
export const clusterId = 'millraceTestClusterAAA';

export const credentials = { user: 'millrace', password: 'water-over-the-wheel' } as const;

export function tlsProperties(tls: ServerTls, clientAuth: 'requested' | 'required'): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': tls.keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': tls.ca,
    'ssl.client.auth': clientAuth,
  };
}

export function saslProperties(
  listeners: readonly string[],
  { user, password }: { readonly user: string; readonly password: string },
): Record<string, string> {
  const properties: Record<string, string> = {};
  const module = 'org.apache.kafka.common.security';
  for (const name of listeners) {
    const prefix = `listener.name.${name.toLowerCase()}`;
    properties[`${prefix}.sasl.enabled.mechanisms`] = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';
    properties[`${prefix}.plain.sasl.jaas.config`] =
      `${module}.plain.PlainLoginModule required user_${user}="${password}";`;
    for (const scram of ['scram-sha-256', 'scram-sha-512'])
      properties[`${prefix}.${scram}.sasl.jaas.config`] = `${module}.scram.ScramLoginModule required;`;
  }
  return properties;
}
