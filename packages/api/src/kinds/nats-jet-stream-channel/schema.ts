/** JSON Schema of the NatsJetStreamChannel. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelableProperties } from '../shared/channelable.ts';
import { closed, objectSchema, text, textMap } from '../shared/schemas.ts';

const count: JsonSchema = { type: 'integer' };
const duration = (description: string): JsonSchema => ({
  ...text,
  description: `${description} Such as 72h or 1m30s.`,
});

const otherStream = closed({ name: text, optStartSeq: count, optStartTime: text, filterSubject: text });

const streamConfig = closed({
  additionalSubjects: { type: 'array', items: text, description: 'Subjects the stream takes besides its own.' },
  retention: { ...text, description: 'Limits: events stay until a limit is reached.' },
  maxConsumers: count,
  maxMsgs: count,
  maxBytes: count,
  discard: { ...text, enum: ['Old', 'New'], description: 'What goes when a limit is reached.' },
  maxAge: duration('How long an event stays.'),
  maxMsgSize: count,
  storage: { ...text, enum: ['File', 'Memory'], description: 'Memory is lost when the servers restart.' },
  replicas: { ...count, minimum: 1, maximum: 5, description: 'Servers that keep each event.' },
  noAck: { type: 'boolean' },
  duplicateWindow: duration('How long the server knows a message id.'),
  placement: closed({ cluster: text, tags: { type: 'array', items: text } }),
  mirror: otherStream,
  sources: { type: 'array', items: otherStream },
});

const consumerTemplate = closed(
  {
    deliverPolicy: { ...text, description: 'Where a new Subscription begins: All, New or ByStartTime.' },
    optStartSeq: count,
    optStartTime: { ...text, description: 'Where ByStartTime begins. RFC 3339.' },
    ackWait: duration('Limit of one attempt, where delivery names none.'),
    maxDeliver: count,
    filterSubject: text,
    replayPolicy: { ...text, enum: ['Instant', 'Original'] },
    rateLimitBPS: count,
    sampleFrequency: text,
    maxAckPending: { ...count, minimum: 1, description: 'Deliveries of a Subscription under way at once.' },
    consumerType: text,
    fetchBatchSize: count,
    fetchMaxWait: text,
  },
  { description: 'How Subscriptions read: what has no meaning here is accepted.' },
);

export const natsJetStreamChannelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1alpha1: objectSchema({
    apiVersion: 'messaging.knative.dev/v1alpha1',
    kind: 'NatsJetStreamChannel',
    description: 'Keeps events in a stream of NATS JetStream and delivers them to Subscriptions.',
    more: {
      spec: closed({
        stream: closed({
          overrideName: { ...text, description: 'Name of the stream, in place of one made of namespace and name.' },
          config: streamConfig,
        }),
        consumerConfigTemplate: consumerTemplate,
        deploymentSpecTemplate: closed({
          affinity: { type: 'object' },
          nodeSelector: textMap,
          labels: textMap,
          annotations: textMap,
          resources: { type: 'object' },
        }),
        ...channelableProperties,
      }),
    },
  }),
};
