/** Channels and Subscriptions. Each clause is tested with every kind of channel of a run, where it does not name one. */
import { must } from './clause.ts';

const http = '§5.1';
const plane = '§12.3 DataPlaneChannel';
const control = '§12.3 ControlPlaneChannel';
const pattern = '§12.3 delivery patterns';
const letters = '§12.3 ChannelDeadLetterSinkExtensions';
const memory = '§5.2';

/** Attributes whose absence is refused. */
export const requiredAttributes = ['id', 'source', 'type', 'specversion'] as const;

export const channels = [
  must('channel.allow', http, 'every answer of a channel has the header Allow: POST, OPTIONS'),
  must('channel.options', http, 'OPTIONS is answered with 200 and the two WebHook headers'),
  must('channel.method', `${http}; §12.5`, 'a method other than POST and OPTIONS is answered with 405'),
  must('channel.malformed', `${http}; §12.5`, 'what is no event is answered with 400'),
  must('channel.malformed-path', http, 'a path with more than a namespace and a channel is answered with 400'),
  must('channel.accepted', `${http}; §12.5`, 'a good event is answered with exactly 202'),
  must('channel.unknown', `${http}; design §7`, 'an unknown channel is answered with 404'),
  must('channel.by-host', http, 'a channel answers to the host <channel>-kn-channel.<namespace>.svc.<domain>, path /'),
  must('channel.by-host-port', http, 'a port in the Host header plays no part'),
  must('channel.by-host-path', http, 'host routing with another path than / is answered with 400'),
  must('channel.by-path', http, 'a channel answers to its path'),
  must(
    'channel.by-dispatcher',
    http,
    'the host of the dispatcher with path /<namespace>/<channel> leads to the channel',
  ),
  must('channel.endpoint', plane, 'a channel that is ready has an address with scheme http or https'),
  must('channel.version-1.0', plane, 'an event of version 1.0 is taken and arrives as such'),
  must('channel.version-0.3', plane, 'an event of version 0.3 is taken and is not upgraded'),
  ...requiredAttributes.map((name) =>
    must(`channel.no-${name}`, plane, `an event without ${name} is refused with 4xx`),
  ),
  must('channel.binary', '§12.3 SingleEventWithEncoding', 'an event in binary mode arrives'),
  must('channel.structured', '§12.3 SingleEventWithEncoding', 'an event in structured mode arrives'),
  must('channel.attributes', '§12.5 channel data plane', 'attributes and data arrive exactly as they were sent'),
  must('channel.fan-out', '§5.2', 'every Subscription gets every event'),
  must('channel.header', '§12.5 header test', 'the header knative-hello: world reaches the subscriber'),
  must('channel.prefer', '§12.3 ChannelPreferHeaderCheck', 'the subscriber sees Prefer: reply and Kn-Namespace'),
  must('channel.subscribable', control, 'annotation messaging.knative.dev/subscribable: v1'),
  must('channel.subscribers', control, 'subscribers appear in spec, and in status with ready True'),
  must('channel.observed', control, 'observedGeneration catches up'),
  must('channel.dead-letter-uri', control, 'status.deadLetterSinkUri is set when the channel has a dead letter sink'),
  must('channel.retry', pattern, 'retry 1: the subscriber fails once, then gets the event'),
  must('channel.retry-reply', pattern, 'retry 1: the subscriber fails once, its reply arrives'),
  must('channel.reply-fails-once', pattern, 'retry 1: the reply fails once, then arrives'),
  must('channel.reply-fails-twice', pattern, 'retry 1: the reply fails twice: dead letter'),
  must('channel.reply-dropped', memory, 'without a reply address a reply is dropped, and the event is delivered'),
  must('channel.answer-no-event', memory, 'an answer that is no event is discarded where nobody is to have a reply'),
  must(
    'channel.reply-no-event',
    '§11.3; ours for every channel',
    'an answer that is no event, where somebody is to have a reply: the delivery failed, and nothing is lost in silence',
  ),
  must('channel.transformation', '§12.3 EventTransformation', 'three events arrive transformed, through the reply'),
  must('channel.chain', '§12.3 ChannelChain', 'an event passes ten channels, one after the other'),
  must('channel.dead-letter', '§12.3 DeadLetterSink', 'the dead letter sink gets the event, with Kn-Namespace'),
  must(
    'channel.dead-letter-own',
    '§12.3 DeadLetterSink',
    "the channel's own dead letter sink serves its Subscriptions",
  ),
  must(
    'channel.dead-letter-generic',
    '§12.3 generic Channel DLS',
    "a generic Channel's dead letter sink gets the event",
  ),
  must('channel.as-dead-letter', '§12.3 AsDeadLetterSink', 'a channel can be a dead letter sink'),
  must('channel.as-sink', '§12.3', 'a channel can be the subscriber of another one'),
  must('channel.dls-unreachable', letters, 'unreachable subscriber: knativeerrordest, and 500 as knativeerrorcode'),
  must('channel.dls-code', letters, '422: knativeerrordest and knativeerrorcode'),
  must('channel.dls-data', letters, '422 with a body: knativeerrordata in base64'),
  must('channel.dls-html', letters, 'an HTML error page is the body in knativeerrordata'),
  must('channel.timeout', '§12.3 delivery_timeout', 'slower than timeout: once at the subscriber, once at the DLS'),
  must(
    'channel.retry-after',
    '§12.3 retry_after',
    '429 with Retry-After: so many refusals, then one delivery, each gap at least the header and not much more',
  ),
  must('channel.sync', memory, 'InMemoryChannel: the answer waits until the event is delivered'),
  must('channel.sync-failed', memory, 'InMemoryChannel: 500 when the event could not be delivered'),
  must('channel.sync-nobody', memory, 'InMemoryChannel: 202 when there are no subscribers'),
  must('channel.async', '§12.3 AsyncHandler', 'async-handler "true": 202 at once, and the event is delivered'),
  must('channel.async-update', '§12.3 AsyncHandlerUpdate', 'a channel becomes asynchronous by its annotation'),
  must('channel.not-durable', 'design §7', 'an InMemoryChannel says in its status that it does not keep its events'),
  must('channel.default', '§5.3; design §7', 'a Channel without a template stands for a LogChannel of its name'),
  must(
    'channel.default-config',
    '§5.3, §12.5',
    'ConfigMap default-ch-webhook: template of a namespace, else of the cluster',
  ),
  must('channel.generic', '§2.3', 'a Channel takes address and readiness from the channel it stands for'),
  must(
    'subscription.channel-absent',
    '§2.3',
    'ReferencesResolved Unknown ChannelReferenceFailed until there is a channel',
  ),
  must('subscription.unresolved', '§2.3', 'SubscriberResolveFailed and ReplyResolveFailed; what comes meanwhile waits'),
  must(
    'subscription.physical',
    '§2.3',
    'status.physicalSubscription has the URIs of subscriber, reply and dead letter sink',
  ),
  must('subscription.removed', '§5.3', 'a Subscription that is deleted gets nothing more and leaves spec.subscribers'),
  must('subscription.immutable', '§1.6', 'spec.channel is immutable, everything else is not'),
  must('subscription.paused', 'design §4', 'millrace.dev/paused: events wait, and are delivered when it is taken away'),
  must(
    'subscription.earliest',
    'design §4',
    'millrace.dev/start earliest: what came before the Subscription is delivered',
  ),
];
