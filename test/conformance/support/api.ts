/** The resource API as a Kubernetes client uses it. */
import { waitFor } from '@millrace/testkit';
import { call } from './http.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Any object, as JSON. */
export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Json[];
    readonly finalizers?: readonly string[];
  };
  // Tests reach into objects by path, as `kubectl -o jsonpath` would.
  readonly spec?: Json;
  readonly status?: Json & { readonly conditions?: readonly Condition[] };
  readonly [field: string]: unknown;
}

export type Json = { readonly [name: string]: unknown };

export interface Answer {
  readonly code: number;
  readonly message: string;
  readonly body: Thing;
}

const kinds: Readonly<Record<string, readonly [apiVersion: string, plural: string]>> = {
  Broker: ['eventing.knative.dev/v1', 'brokers'],
  Trigger: ['eventing.knative.dev/v1', 'triggers'],
  Channel: ['messaging.knative.dev/v1', 'channels'],
  InMemoryChannel: ['messaging.knative.dev/v1', 'inmemorychannels'],
  LogChannel: ['messaging.millrace.dev/v1alpha1', 'logchannels'],
  KafkaChannel: ['messaging.knative.dev/v1beta1', 'kafkachannels'],
  NatsJetStreamChannel: ['messaging.knative.dev/v1alpha1', 'natsjetstreamchannels'],
  Subscription: ['messaging.knative.dev/v1', 'subscriptions'],
  Sequence: ['flows.knative.dev/v1', 'sequences'],
  Parallel: ['flows.knative.dev/v1', 'parallels'],
  KafkaSource: ['sources.knative.dev/v1', 'kafkasources'],
  KafkaSink: ['eventing.knative.dev/v1alpha1', 'kafkasinks'],
  EventType: ['eventing.knative.dev/v1beta2', 'eventtypes'],
  PingSource: ['sources.knative.dev/v1', 'pingsources'],
  CronJobSource: ['sources.eventing.knative.dev/v1alpha1', 'cronjobsources'],
  GitHubSource: ['sources.knative.dev/v1alpha1', 'githubsources'],
  ConfigMap: ['v1', 'configmaps'],
  Secret: ['v1', 'secrets'],
  Service: ['v1', 'services'],
};

export function apiVersionOf(kind: string): string {
  return kinds[kind]?.[0] ?? '';
}

const readyMsMax = 15_000;

/** The resource API of one server. What does not say otherwise gives every answer as it is: a refusal is for the test to judge. */
export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  create(thing: Thing): Promise<Answer> {
    return this.#send('POST', this.#path(thing), thing);
  }

  /** Sends the object as it is, with what `kubectl replace` would send. */
  replace(thing: Thing): Promise<Answer> {
    return this.#send('PUT', `${this.#path(thing)}/${thing.metadata.name}`, thing);
  }

  patch(kind: string, namespace: string, name: string, patch: Json): Promise<Answer> {
    const path = this.#path({ apiVersion: apiVersionOf(kind), kind, metadata: { name, namespace } });
    return this.#send('PATCH', `${path}/${name}`, patch, 'application/merge-patch+json');
  }

  get(kind: string, namespace: string, name: string): Promise<Answer> {
    const path = this.#path({ apiVersion: apiVersionOf(kind), kind, metadata: { name, namespace } });
    return this.#send('GET', `${path}/${name}`);
  }

  remove(kind: string, namespace: string, name: string): Promise<Answer> {
    const path = this.#path({ apiVersion: apiVersionOf(kind), kind, metadata: { name, namespace } });
    return this.#send('DELETE', `${path}/${name}`);
  }

  /** Stores an object; throws when it is refused. */
  async make(thing: Thing): Promise<Thing> {
    const { code, message, body } = await this.create(thing);
    if (code !== 201) throw new Error(`${thing.kind} ${thing.metadata.name} was answered with ${code}: ${message}`);
    return body;
  }

  /** Patches an object; throws when that is refused. */
  async change(kind: string, namespace: string, name: string, patch: Json): Promise<Thing> {
    const { code, message, body } = await this.patch(kind, namespace, name, patch);
    if (code !== 200) throw new Error(`patching ${kind} ${name} was answered with ${code}: ${message}`);
    return body;
  }

  ready(kind: string, namespace: string, name: string): Promise<Thing> {
    return this.until(kind, namespace, name, 'is ready', isReady);
  }

  /** Waits until the object is as wanted, and says what it was when it never is. */
  async until(
    kind: string,
    namespace: string,
    name: string,
    what: string,
    wanted: (thing: Thing) => boolean,
  ): Promise<Thing> {
    let last: Thing | undefined;
    try {
      return await waitFor(
        `${kind} ${namespace}/${name}: ${what}`,
        async () => {
          const { code, body } = await this.get(kind, namespace, name);
          last = body;
          return code === 200 && wanted(body) ? body : undefined;
        },
        { timeoutMs: readyMsMax, everyMs: 20 },
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last?.status ?? last)}`);
    }
  }

  async #send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    const reply = await call(this.#url + path, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) }),
    });
    const parsed = JSON.parse(reply.text) as Thing & { readonly message?: string };
    return { code: reply.status, message: String(parsed.message ?? ''), body: parsed };
  }

  #path({ apiVersion, kind, metadata }: Thing): string {
    const known = Object.entries(kinds).find(([name]) => name === kind)?.[1];
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return `${root}/namespaces/${metadata.namespace ?? 'default'}/${known?.[1] ?? `${kind.toLowerCase()}s`}`;
  }
}

export function conditionOf(thing: Thing, type: string): Condition | undefined {
  return thing.status?.conditions?.find((condition) => condition.type === type);
}

export function isReady(thing: Thing): boolean {
  return (
    conditionOf(thing, 'Ready')?.status === 'True' && thing.status?.['observedGeneration'] === thing.metadata.generation
  );
}

/** Where events for the object are posted. */
export function addressOf(thing: Thing): string {
  const address = thing.status?.['address'] as { readonly url?: string } | undefined;
  if (address?.url === undefined) throw new Error(`${thing.kind} ${thing.metadata.name} has no address`);
  return address.url;
}
