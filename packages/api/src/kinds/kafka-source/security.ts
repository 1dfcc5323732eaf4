/** How a KafkaSource comes in: `spec.net`, whose values are in Secrets of its namespace. Source: reference section 6.9. */
import type { KafkaSecurity } from '../../routing/backing.ts';
import { readMechanism, readPem } from '../shared/kafka-auth.ts';
import {
  type ConfigReading,
  type ReadObject,
  readingOf,
  readSecret,
  type SecretTexts,
  unreadable,
} from '../shared/secret-reading.ts';
import type { KafkaNetSpec, KafkaSecretValue, KafkaSource } from './types.ts';

type Sasl = NonNullable<KafkaSecurity['sasl']>;
type Tls = NonNullable<KafkaSecurity['tls']>;

/** Where a value is, and its text. */
interface Found {
  readonly secret: SecretTexts;
  readonly key: string;
  readonly text: string;
}

/** Reads values of one source's Secrets. */
class NetReader {
  readonly #read: ReadObject;
  readonly #namespace: string;

  constructor(read: ReadObject, namespace: string) {
    this.#read = read;
    this.#namespace = namespace;
  }

  /** Undefined when the field names no Secret. */
  value(value: KafkaSecretValue | undefined, field: string): ConfigReading<Found | undefined> {
    const { name = '', key = '' } = value?.secretKeyRef ?? {};
    if (name === '') return readingOf(undefined);
    const secret = readSecret(this.#read, this.#namespace, name);
    if (secret.kind === 'error') return { ...secret, message: `${field}: ${secret.message}` };
    const text = secret.value.get(key);
    if (text === undefined) return unreadable(`${field}: ${secret.value.title} has no key "${key}"`, true);
    return readingOf({ secret: secret.value, key, text });
  }

  required(value: KafkaSecretValue | undefined, field: string): ConfigReading<Found> {
    const found = this.value(value, field);
    if (found.kind === 'error') return found;
    return found.value === undefined ? unreadable(`expected ${field}.secretKeyRef`) : readingOf(found.value);
  }

  pem(value: KafkaSecretValue | undefined, field: string): ConfigReading<string | undefined> {
    const found = this.value(value, field);
    if (found.kind === 'error' || found.value === undefined) {
      return found.kind === 'error' ? found : readingOf(undefined);
    }
    const text = readPem(found.value.secret, found.value.key);
    return text.kind === 'error' ? { ...text, message: `${field}: ${text.message}` } : text;
  }
}

function readSasl(sasl: NonNullable<KafkaNetSpec['sasl']>, reader: NetReader): ConfigReading<Sasl> {
  const at = 'spec.net.sasl';
  const type = reader.value(sasl.type, `${at}.type`);
  if (type.kind === 'error') return type;
  const mechanism = readMechanism(type.value?.text, `${at}.type`);
  if (mechanism.kind === 'error') return mechanism;
  const user = reader.required(sasl.user, `${at}.user`);
  if (user.kind === 'error') return user;
  const password = reader.required(sasl.password, `${at}.password`);
  if (password.kind === 'error') return password;
  return readingOf({ mechanism: mechanism.value, user: user.value.text, password: password.value.text });
}

function readTls(tls: NonNullable<KafkaNetSpec['tls']>, reader: NetReader): ConfigReading<Tls> {
  const at = 'spec.net.tls';
  const ca = reader.pem(tls.caCert, `${at}.caCert`);
  if (ca.kind === 'error') return ca;
  const cert = reader.pem(tls.cert, `${at}.cert`);
  if (cert.kind === 'error') return cert;
  const key = reader.pem(tls.key, `${at}.key`);
  if (key.kind === 'error') return key;
  if ((cert.value === undefined) !== (key.value === undefined)) {
    const missing = cert.value === undefined ? 'cert' : 'key';
    return unreadable(`expected ${at}.${missing}.secretKeyRef: a client certificate is cert and key`);
  }
  return readingOf({
    ...(ca.value === undefined ? {} : { ca: ca.value }),
    ...(cert.value === undefined || key.value === undefined ? {} : { cert: cert.value, key: key.value }),
  });
}

/** What `spec.net` says; undefined members are not used. */
export function readNetSecurity(source: KafkaSource, read: ReadObject): ConfigReading<KafkaSecurity> {
  const { sasl, tls } = source.spec.net ?? {};
  const reader = new NetReader(read, source.metadata.namespace ?? '');
  const readSaslResult = sasl?.enable === true ? readSasl(sasl, reader) : undefined;
  if (readSaslResult?.kind === 'error') return readSaslResult;
  const readTlsResult = tls?.enable === true ? readTls(tls, reader) : undefined;
  if (readTlsResult?.kind === 'error') return readTlsResult;
  return readingOf({
    ...(readSaslResult === undefined ? {} : { sasl: readSaslResult.value }),
    ...(readTlsResult === undefined ? {} : { tls: readTlsResult.value }),
  });
}
