/**
 * From a Destination to a URL: a pure function of objects.
 *
 * Source: reference section 9. Two differences, both of local mode: a Service has the address its annotation or its
 * status says, since there is no DNS that knows it; and addresses of a cluster (`broker-ingress…svc`, `name.ns.svc`) are
 * recognised and led to the same objects here.
 */
import {
  type Addressable,
  apiVersionOf,
  brokerIngressHost,
  channelAtAddress,
  channelDispatcherHosts,
  channelPath,
  channelServiceSuffixes,
  classIngressHosts,
  commandAnnotation,
  type Destination,
  findKind,
  type KReference,
  kafkaSinkIngressHost,
  type Resource,
  splitApiVersion,
  urlAnnotation,
} from '@millrace/api';
import type { ReadResource } from './tracker.ts';

export interface ResolvedDestination {
  readonly url: string;
  readonly caCerts?: string;
  readonly audience?: string;
}

export type Resolution =
  | { readonly kind: 'resolved'; readonly destination: ResolvedDestination }
  /** `absent`: the object is not there, as opposed to being there without an address. */
  | { readonly kind: 'unresolved'; readonly absent: boolean; readonly reason: string };

export interface ResolveContext {
  readonly read: ReadResource;
  /** Of the object that holds the destination. */
  readonly namespace: string;
  /** Where Brokers are reached: `http://localhost:8080`. */
  readonly baseUrl: string;
}

const unresolved = (reason: string, absent = false): Resolution => ({ kind: 'unresolved', absent, reason });

export function resolveDestination(destination: Destination | undefined, context: ResolveContext): Resolution {
  const { ref, uri, CACerts, audience } = destination ?? {};
  if (ref === undefined) {
    if (uri === undefined || uri === '') return unresolved('destination missing Ref and URI, expected at least one');
    if (!URL.canParse(uri) || new URL(uri).hostname === '') return unresolved(`URI is not absolute: ${uri}`);
    return resolved({ url: localUrl(uri, context) }, CACerts, audience);
  }
  const address = resolveReference(ref, context);
  if (typeof address === 'string' || 'absent' in address) {
    return typeof address === 'string' ? unresolved(address) : unresolved(address.absent, true);
  }
  if (uri === undefined || uri === '') return resolved(address, CACerts, audience);
  if (URL.canParse(uri)) return unresolved('absolute URI is not allowed when Ref exists');
  return resolved({ ...address, url: new URL(uri, address.url).href }, CACerts, audience);
}

function resolved(address: ResolvedDestination, CACerts?: string, audience?: string): Resolution {
  const caCerts = CACerts === undefined || CACerts === '' ? address.caCerts : CACerts;
  const known = audience === undefined || audience === '' ? address.audience : audience;
  return {
    kind: 'resolved',
    destination: {
      url: address.url,
      ...(caCerts === undefined ? {} : { caCerts }),
      ...(known === undefined ? {} : { audience: known }),
    },
  };
}

type Address = ResolvedDestination | string | { readonly absent: string };

/** The address of a referenced object, or why there is none. */
function resolveReference(ref: KReference, context: ResolveContext): Address {
  const found = findKind(ref.apiVersion, ref.kind);
  if (found.kind === 'error') {
    return `failed to get object ${ref.name}: ${found.errors[0]?.message ?? `kind ${ref.kind} is not known`}`;
  }
  const { definition } = found;
  const namespace = ref.namespace === undefined || ref.namespace === '' ? context.namespace : ref.namespace;
  const object = context.read({
    apiVersion: apiVersionOf(definition.group, definition.storageVersion),
    kind: ref.kind,
    name: ref.name,
    ...(definition.namespaced ? { namespace } : {}),
  });
  if (object === undefined) {
    const group = definition.group === '' ? '' : `.${definition.group}`;
    return {
      absent: `failed to get object ${namespace}/${ref.name}: ${definition.plural}${group} "${ref.name}" not found`,
    };
  }
  return ref.kind === 'Service' ? addressOfService(object, ref) : addressOf(object, ref);
}

/** A core or Knative Service: where its annotation says, else where its process listens. */
function addressOfService(service: Resource, ref: KReference): Address {
  const annotations = service.metadata.annotations ?? {};
  const url = annotations[urlAnnotation] ?? service.status?.address?.url;
  if (url !== undefined && url !== '') return { url };
  const name = `Service ${service.metadata.namespace ?? ''}/${ref.name}`;
  if (annotations[commandAnnotation] !== undefined)
    return `${name} is started by ${commandAnnotation} and does not listen yet`;
  return (
    `address not set for ${name}: annotate it with ${urlAnnotation} (where it listens, e.g. http://localhost:3000) ` +
    `or ${commandAnnotation} (how to start it, e.g. "node server.js")`
  );
}

/** Anything else by the Addressable shape. */
function addressOf(object: Resource, ref: KReference): Address {
  const { address, addresses } = object.status ?? {};
  const name = `${splitApiVersion(object.apiVersion).group}/${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  let chosen: Addressable | undefined = addresses?.[0] ?? address;
  if (ref.address !== undefined && ref.address !== '') {
    chosen = [...(addresses ?? []), ...(address === undefined ? [] : [address])].find(
      (each) => each.name === ref.address,
    );
    if (chosen === undefined) return `no address with name "${ref.address}" found for ${name}`;
  }
  if (chosen?.url === undefined || chosen.url === '') return `address not set for ${name}`;
  if (!URL.canParse(chosen.url) || new URL(chosen.url).hostname === '') return `hostname missing in address of ${name}`;
  return {
    url: chosen.url,
    ...(chosen.CACerts === undefined ? {} : { caCerts: chosen.CACerts }),
    ...(chosen.audience === undefined ? {} : { audience: chosen.audience }),
  };
}

/** A host name of a cluster, and its shorter forms. */
function formsOf(host: string): readonly string[] {
  return ['', '.cluster.local', '.svc.cluster.local'].map((suffix) => host.slice(0, host.length - suffix.length));
}

/** Host names of the Broker ingress in a cluster, that of any class. */
const ingressHosts = new Set([brokerIngressHost, ...Object.values(classIngressHosts)].flatMap(formsOf));
/** Host names of what serves KafkaSinks in a cluster. */
const kafkaSinkHosts = new Set(formsOf(kafkaSinkIngressHost));
/** Host names of what serves channels in a cluster. */
const dispatcherHosts = new Set(channelDispatcherHosts.flatMap(formsOf));
const serviceHost = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/;

/** A URL that is meant for a cluster, as it is reached from here; any other as it is. */
function localUrl(uri: string, context: ResolveContext): string {
  const url = new URL(uri);
  if (ingressHosts.has(url.hostname)) return new URL(url.pathname, context.baseUrl).href;
  if (kafkaSinkHosts.has(url.hostname)) return new URL(`/kafkasinks${url.pathname}`, context.baseUrl).href;
  if (dispatcherHosts.has(url.hostname)) return new URL(`/channels${url.pathname}`, context.baseUrl).href;
  const [, name, namespace] = serviceHost.exec(url.hostname) ?? [];
  if (name === undefined || namespace === undefined) return uri;
  const channel = channelOfService(name, namespace, context);
  if (channel !== undefined) return new URL(channel, context.baseUrl).href;
  for (const apiVersion of ['v1', 'serving.knative.dev/v1']) {
    const service = context.read({ apiVersion, kind: 'Service', namespace, name });
    const address = service && addressOfService(service, { apiVersion, kind: 'Service', name });
    if (address === undefined || typeof address === 'string' || 'absent' in address) continue;
    const here = new URL(address.url);
    return new URL(`${url.pathname}${url.search}`, here.origin).href;
  }
  return uri;
}

/** The path of the channel that a Service such as `orders-kn-channel` stands for; undefined when it stands for none. */
function channelOfService(service: string, namespace: string, { read }: ResolveContext): string | undefined {
  const suffix = channelServiceSuffixes.find((each) => service.endsWith(each));
  const name = suffix === undefined ? '' : service.slice(0, service.length - suffix.length);
  return name === '' || channelAtAddress(namespace, name, read) === undefined
    ? undefined
    : channelPath(namespace, name);
}
