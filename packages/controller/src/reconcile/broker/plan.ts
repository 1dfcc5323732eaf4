/** What a Broker's status should say. Pure. Source: reference section 2.1. */
import {
  addressMarks,
  brokerClassesDefault,
  brokerMarks,
  type ConditionMark,
  deadLetterSinkMarks,
  eventPolicyMarks,
} from '@millrace/api';
import { parse as parseYaml } from 'yaml';
import { isObject } from '../../store/json.ts';
import { systemNamespace } from '../../store/local/admission.ts';
import { defaultChannelConfigMap } from '../../store/local/open.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { BrokerObservation } from './observe.ts';

/** Classes of Knative whose log is another server; what they keep their events in. */
const foreignLogs: Readonly<Record<string, string>> = {
  Kafka: 'Apache Kafka',
  KafkaNamespaced: 'Apache Kafka',
  NatsJetStreamBroker: 'NATS JetStream',
};

const templateKey = 'channel-template-spec';

/** Undefined: the Broker is of a class that belongs to somebody else, and nothing is written to it. */
export function planBroker(observed: BrokerObservation): StatusPlan | undefined {
  const { broker, brokerClass, baseUrl, deadLetterSink } = observed;
  const runs = brokerClassesDefault.includes(brokerClass);
  const foreign = Object.hasOwn(foreignLogs, brokerClass) ? foreignLogs[brokerClass] : undefined;
  if (!runs && foreign === undefined) return undefined;

  const { namespace = 'default', name } = broker.metadata;
  const address = { name: 'http', url: `${baseUrl}/${namespace}/${name}` };
  const sink = deadLetterSink?.kind === 'resolved' ? deadLetterSink.destination : undefined;
  const channel = foreign === undefined ? configMark(observed) : unavailable(brokerClass, foreign);
  return {
    marks: [
      // Ready is a promise: who waits for it and then sends an event must find that it is taken.
      runs && observed.isServed === false ? brokerMarks.ingressNotServing() : brokerMarks.ingressReady(),
      brokerMarks.filterReady(),
      channel,
      runs ? addressMarks.set() : addressMarks.missing(),
      deadLetterSink === undefined
        ? deadLetterSinkMarks.notConfigured()
        : deadLetterSink.kind === 'resolved'
          ? deadLetterSinkMarks.resolved()
          : deadLetterSinkMarks.unresolved(deadLetterSink.reason),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: {
      address: runs ? address : undefined,
      addresses: runs ? [address] : undefined,
      deadLetterSinkUri: sink?.url,
      deadLetterSinkCACerts: sink?.caCerts,
      deadLetterSinkAudience: sink?.audience,
    },
  };
}

function unavailable(brokerClass: string, log: string): ConditionMark {
  return brokerMarks.channelFailed(
    `class ${brokerClass} keeps its events in ${log}, a log that is not available in this run; ` +
      'remove the annotation eventing.knative.dev/broker.class to use the log of this installation',
  );
}

/** `spec.config` as Knative's YAML has it: a ConfigMap with a channel template. */
function configMark({ config, broker }: BrokerObservation): ConditionMark {
  if (config === undefined || config.ref.kind !== 'ConfigMap') return brokerMarks.channelReady();
  const { ref, object } = config;
  const namespace = ref.namespace ?? broker.metadata.namespace ?? 'default';
  if (object === undefined) {
    const isProvided = namespace === systemNamespace && ref.name === defaultChannelConfigMap;
    if (isProvided) return brokerMarks.channelReady();
    return brokerMarks.channelTemplateFailed(`configmaps "${ref.name}" not found in namespace ${namespace}`);
  }
  const text = object.data?.[templateKey];
  if (text === undefined || text.trim() === '') {
    return brokerMarks.channelTemplateFailed(`ConfigMap ${namespace}/${ref.name} has no key "${templateKey}"`);
  }
  const problem = templateProblem(text);
  return problem === undefined
    ? brokerMarks.channelReady()
    : brokerMarks.channelTemplateFailed(`ConfigMap ${namespace}/${ref.name}, key ${templateKey}: ${problem}`);
}

function templateProblem(text: string): string | undefined {
  try {
    const template: unknown = parseYaml(text, { maxAliasCount: 10 });
    if (!isObject(template)) return 'expected an object with apiVersion and kind';
    const missing = ['apiVersion', 'kind'].filter((field) => typeof template[field] !== 'string');
    return missing.length === 0 ? undefined : `missing field(s): ${missing.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}
