/**
 * Kubernetes' protobuf encoding, read for the core kinds: `kubectl create secret|configmap|namespace|service` sends
 * nothing else. Answers are JSON, which the same clients take.
 *
 * A field this file does not know is refused by name of its number, never dropped: what a client sent is stored or it is told.
 *
 * Source: the Kubernetes API concepts ("Kubernetes Protobuf encoding"); the field numbers of `k8s.io/api/core/v1`.
 */
import { badRequest } from './api-error.ts';

type Scalar = 'string' | 'bytes' | 'integer' | 'boolean' | 'string-or-number' | 'string-map' | 'bytes-map';

/** `ignored`: what the store sets itself, and status, which a write leaves alone. */
type FieldType = Scalar | 'ignored' | Message;

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: boolean;
}

type Message = ReadonlyMap<number, Field>;

function message(fields: Readonly<Record<number, readonly [name: string, type: FieldType, repeated?: true]>>): Message {
  return new Map(
    Object.entries(fields).map(([number, [name, type, repeated]]) => [
      Number(number),
      { name, type, ...(repeated && { repeated }) },
    ]),
  );
}

const ownerReference = message({
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'boolean'],
  7: ['blockOwnerDeletion', 'boolean'],
});

const metadata = message({
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  4: ['selfLink', 'ignored'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  7: ['generation', 'ignored'],
  8: ['creationTimestamp', 'ignored'],
  9: ['deletionTimestamp', 'ignored'],
  10: ['deletionGracePeriodSeconds', 'ignored'],
  11: ['labels', 'string-map'],
  12: ['annotations', 'string-map'],
  13: ['ownerReferences', ownerReference, true],
  14: ['finalizers', 'string', true],
  17: ['managedFields', 'ignored'],
});

const servicePort = message({
  1: ['name', 'string'],
  2: ['protocol', 'string'],
  3: ['port', 'integer'],
  4: ['targetPort', 'string-or-number'],
  5: ['nodePort', 'integer'],
  6: ['appProtocol', 'string'],
});

const serviceSpec = message({
  1: ['ports', servicePort, true],
  2: ['selector', 'string-map'],
  3: ['clusterIP', 'string'],
  4: ['type', 'string'],
  5: ['externalIPs', 'string', true],
  7: ['sessionAffinity', 'string'],
  8: ['loadBalancerIP', 'string'],
  9: ['loadBalancerSourceRanges', 'string', true],
  10: ['externalName', 'string'],
  11: ['externalTrafficPolicy', 'string'],
  12: ['healthCheckNodePort', 'integer'],
  13: ['publishNotReadyAddresses', 'boolean'],
  16: ['topologyKeys', 'string', true],
  17: ['ipFamilyPolicy', 'string'],
  18: ['clusterIPs', 'string', true],
  19: ['ipFamilies', 'string', true],
  20: ['allocateLoadBalancerNodePorts', 'boolean'],
  21: ['loadBalancerClass', 'string'],
  22: ['internalTrafficPolicy', 'string'],
  23: ['trafficDistribution', 'string'],
});

/** Core kinds in the version `v1`. */
const kinds: Readonly<Record<string, Message>> = {
  ConfigMap: message({
    1: ['metadata', metadata],
    2: ['data', 'string-map'],
    3: ['binaryData', 'bytes-map'],
    4: ['immutable', 'boolean'],
  }),
  Secret: message({
    1: ['metadata', metadata],
    2: ['data', 'bytes-map'],
    3: ['type', 'string'],
    4: ['stringData', 'string-map'],
    5: ['immutable', 'boolean'],
  }),
  Namespace: message({
    1: ['metadata', metadata],
    2: ['spec', message({ 1: ['finalizers', 'string', true] })],
    3: ['status', 'ignored'],
  }),
  Service: message({ 1: ['metadata', metadata], 2: ['spec', serviceSpec], 3: ['status', 'ignored'] }),
};

const typeMeta = message({ 1: ['apiVersion', 'string'], 2: ['kind', 'string'] });
const envelope = message({
  1: ['typeMeta', typeMeta],
  2: ['raw', 'bytes'],
  3: ['contentEncoding', 'string'],
  4: ['contentType', 'string'],
});

const magic = Buffer.from('k8s\0');

/** The object in a body of `application/vnd.kubernetes.protobuf`. Throws 400 for what is none of the core kinds. */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, magic.byteLength).equals(magic)) throw malformed('it does not begin with k8s and a zero byte');
  const outer = decode(bytes.subarray(magic.byteLength), envelope);
  const { apiVersion, kind } = (outer['typeMeta'] ?? {}) as Readonly<Record<string, unknown>>;
  const layout =
    apiVersion === 'v1' && typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (layout === undefined) throw malformed(`${String(apiVersion)} ${String(kind)} is not served in it: send JSON`);
  const raw = Buffer.from(String(outer['raw'] ?? ''), 'base64');
  return { apiVersion, kind, ...decode(raw, layout) };
}

function malformed(reason: string): Error {
  return badRequest(`the request body is not the protobuf of an object: ${reason}`);
}

/** A field as it stands on the wire. */
interface WireField {
  readonly number: number;
  /** Absent for a field that is a number. */
  readonly bytes?: Buffer;
  readonly value: number;
}

function* fieldsOf(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed('it is cut off');
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw malformed('a number is too long');
  };
  while (at < bytes.byteLength) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      yield { number, value: varint() };
      continue;
    }
    if (tag % 8 !== 2) throw malformed(`field ${number} has an unexpected wire type`);
    const length = varint();
    if (length > bytes.byteLength - at) throw malformed('it is cut off');
    yield { number, bytes: bytes.subarray(at, at + length), value: 0 };
    at += length;
  }
}

/** Fields that are empty are left out: the encoding has no other way to say that they are absent. */
function decode(bytes: Buffer, layout: Message): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const wire of fieldsOf(bytes)) {
    const field = layout.get(wire.number);
    if (field === undefined) throw malformed(`field number ${wire.number} is not known here: send JSON`);
    const { name, type, repeated } = field;
    if (type === 'ignored') continue;
    if (type === 'string-map' || type === 'bytes-map') {
      const [key, value] = entryOf(wire, type === 'string-map' ? 'string' : 'bytes');
      const map = result[name] ?? {};
      result[name] = map;
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    } else if (repeated) {
      result[name] = [...((result[name] ?? []) as unknown[]), readValue(wire, type)];
    } else {
      const value = readValue(wire, type);
      if (!isEmpty(value)) result[name] = value;
    }
  }
  return result;
}

function readValue(wire: WireField, type: Exclude<FieldType, 'ignored' | 'string-map' | 'bytes-map'>): unknown {
  if (type === 'integer') return wire.value;
  if (type === 'boolean') return wire.value !== 0;
  const bytes = wire.bytes ?? Buffer.alloc(0);
  if (type === 'string') return bytes.toString();
  if (type === 'bytes') return bytes.toString('base64');
  if (type !== 'string-or-number') return decode(bytes, type);
  const { kind, number, text } = decode(bytes, stringOrNumber);
  return kind === 1 ? (text ?? '') : (number ?? 0);
}

const stringOrNumber = message({ 1: ['kind', 'integer'], 2: ['number', 'integer'], 3: ['text', 'string'] });

function entryOf(wire: WireField, type: 'string' | 'bytes'): [string, string] {
  let key = '';
  let value = '';
  for (const part of fieldsOf(wire.bytes ?? Buffer.alloc(0))) {
    if (part.number === 1) key = String(readValue(part, 'string'));
    if (part.number === 2) value = String(readValue(part, type));
  }
  return [key, value];
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
