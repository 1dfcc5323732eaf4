/** One server, one sink and one live feed for all clauses; a namespace for each test. */
import { type Server, startServer, temporaryFolder } from '../../support/millrace.ts';
import { Api, apiVersionOf, type Json, type Thing } from './api.ts';
import { nextId, post, type Sent } from './events.ts';
import { closeConnections, type Reply } from './http.ts';
import { type Behaviour, type Probe, Probes } from './probe.ts';
import { Tail } from './tail.ts';
import { target } from './target.ts';

export class World {
  readonly probes = new Probes();
  readonly tail = new Tail();
  readonly #folder = temporaryFolder();
  #server: Server | undefined;
  #api: Api | undefined;
  #spaces = 0;

  async start(): Promise<void> {
    await this.probes.start();
    this.#server = await startServer(['--quiet', ...target().args()], `${this.#folder.path}/data`);
    this.#api = new Api(this.#server.apiUrl);
    await target().prepare?.(this.#api);
    await this.tail.start(this.#server.apiUrl);
  }

  async stop(): Promise<void> {
    this.tail.stop();
    this.#server?.kill('SIGKILL');
    await this.#server?.exited;
    closeConnections();
    await this.probes.stop();
    this.#folder.remove();
  }

  get server(): Server {
    if (!this.#server) throw new Error('the server is not started');
    return this.#server;
  }

  get api(): Api {
    if (!this.#api) throw new Error('the server is not started');
    return this.#api;
  }

  space(): Space {
    this.#spaces += 1;
    return new Space(this, `c${this.#spaces}`);
  }
}

export interface TriggerOptions {
  readonly broker?: string;
  readonly brokerRef?: Json;
  readonly subscriber: Probe | Json;
  readonly filter?: Readonly<Record<string, string>>;
  readonly filters?: readonly unknown[];
  readonly delivery?: Json;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The namespace of one test. */
export class Space {
  readonly world: World;
  readonly namespace: string;

  constructor(world: World, namespace: string) {
    this.world = world;
    this.namespace = namespace;
  }

  get api(): Api {
    return this.world.api;
  }

  /** Where a Broker of this namespace takes events. */
  ingress(name = 'default', namespace = this.namespace): string {
    return `${this.world.server.dataUrl}/${namespace}/${name}`;
  }

  probe(name: string, behaviour?: Behaviour): Probe {
    return this.world.probes.add(`/${this.namespace}/${name}`, behaviour);
  }

  thing(kind: string, name: string, spec?: Json, annotations?: Readonly<Record<string, string>>): Thing {
    return {
      apiVersion: apiVersionOf(kind),
      kind,
      metadata: { name, namespace: this.namespace, ...(annotations === undefined ? {} : { annotations }) },
      ...(spec === undefined ? {} : { spec }),
    };
  }

  /** Stores an object; fails when it is refused. */
  create(thing: Thing): Promise<Thing> {
    return this.api.make(thing);
  }

  patch(kind: string, name: string, patch: Json): Promise<Thing> {
    return this.api.change(kind, this.namespace, name, patch);
  }

  until(kind: string, name: string, what: string, wanted: (thing: Thing) => boolean): Promise<Thing> {
    return this.api.until(kind, this.namespace, name, what, wanted);
  }

  ready(kind: string, name: string): Promise<Thing> {
    return this.api.ready(kind, this.namespace, name);
  }

  /** A Broker that is ready. */
  async broker(name = 'default', delivery: Json = { retry: 0 }): Promise<Thing> {
    const { brokerClass, brokerConfig: config } = target();
    const annotations = brokerClass === undefined ? undefined : { 'eventing.knative.dev/broker.class': brokerClass };
    await this.create(this.thing('Broker', name, { delivery, ...(config && { config }) }, annotations));
    return this.ready('Broker', name);
  }

  triggerThing(name: string, options: TriggerOptions): Thing {
    const { broker, brokerRef, subscriber, filter, filters, delivery, annotations } = options;
    return this.thing(
      'Trigger',
      name,
      {
        ...(brokerRef === undefined ? { broker: broker ?? 'default' } : { brokerRef }),
        subscriber: 'received' in subscriber ? { uri: (subscriber as Probe).url } : subscriber,
        ...(filter === undefined ? {} : { filter: { attributes: filter } }),
        ...(filters === undefined ? {} : { filters }),
        ...(delivery === undefined ? {} : { delivery }),
      },
      annotations,
    );
  }

  /** A Trigger that is ready. */
  async trigger(name: string, options: TriggerOptions): Promise<Thing> {
    await this.create(this.triggerThing(name, options));
    return this.ready('Trigger', name);
  }

  /** Triggers that are ready, all made at once. */
  triggers(all: Readonly<Record<string, TriggerOptions>>): Promise<readonly Thing[]> {
    return Promise.all(Object.entries(all).map(([name, options]) => this.trigger(name, options)));
  }

  /** Sends an event to a Broker of this namespace; fails when it is not taken. Returns its id. */
  async send(sent: Sent = {}, broker = 'default', namespace = this.namespace): Promise<string> {
    const id = String(sent.attributes?.['id'] ?? nextId());
    const answer = await this.post({ ...sent, attributes: { ...sent.attributes, id } }, broker, namespace);
    if (answer.status !== 202) throw new Error(`the event was answered with ${answer.status}: ${answer.text}`);
    return id;
  }

  post(sent: Sent, broker = 'default', namespace = this.namespace): Promise<Reply> {
    return post(this.ingress(broker, namespace), sent);
  }

  /** The triggers that took an event. */
  matched(id: string, broker = 'default', namespace = this.namespace): Promise<readonly string[]> {
    return this.world.tail.matched(`${namespace}/${broker}`, id);
  }

  settled(trigger: string, count = 1, broker = 'default') {
    return this.world.tail.settled(`${this.namespace}/${broker}`, trigger, count);
  }
}
