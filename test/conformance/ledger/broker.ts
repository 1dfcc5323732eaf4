/** Events through a Broker: routing, replies, what a subscriber sees. */
import { must } from './clause.ts';

const routing = '§12.2 event routing';
const workflow = '§12.2 BrokerWorkFlowWithTransformation';

export const broker = [
  must('route.no-filter', routing, 'a Trigger without a filter gets every event'),
  must('route.not-matching', routing, 'an event that does not match is not delivered'),
  must('route.matching', routing, 'an event that matches is delivered'),
  must('route.two-both', routing, 'two Triggers that match get the event both'),
  must('route.two-one', routing, 'of two Triggers only the one that matches gets the event'),
  must('route.reply', routing, "the reply to one Trigger's delivery reaches another Trigger"),
  must('route.two-unfiltered', routing, 'two Triggers without filters get every event both'),
  must(
    'route.unchanged',
    `${routing}; §12.5`,
    'attributes and data arrive as they were sent, but for knativearrivaltime',
  ),
  must('route.isolated', routing, 'an event of one Broker is not delivered to the Triggers of another'),
  must(
    'many.4x4',
    '§12.2 ManyTriggers',
    'each of 4×4 filters over types and sources, "" for any, gets exactly its events, with Kn-Namespace',
  ),
  must(
    'many.8x8',
    '§12.2 ManyTriggers',
    'each of 8×8 filters over extensions gets exactly its events, with Kn-Namespace',
  ),
  must('workflow.transformed', workflow, 'broker → transformer → broker → sink: the transformed event arrives'),
  must('workflow.original', workflow, 'the original event is not seen behind the filter for the transformed type'),
  must('workflow.chain', workflow, 'a Broker may be the subscriber of a Trigger of another Broker'),
  must('prefer-reply', '§12.2 BrokerPreferHeader', 'a request to a subscriber has the header Prefer: reply'),
  must(
    'kn-namespace',
    '§3.2',
    'a request to a subscriber has the header Kn-Namespace with the namespace of the Trigger',
  ),
  must('long.message', '§12.2 BrokerDeliverLongMessage', 'a text of 36,864 bytes arrives intact, exactly once'),
  must(
    'long.response',
    '§12.2 BrokerDeliverLongResponseMessage',
    'a reply of 36,000 bytes arrives intact, exactly once',
  ),
  must(
    'ok-beside-bad',
    '§12.2 BadTriggerDoesNotAffectOkTrigger',
    'a Trigger whose subscriber fails does not disturb another one',
  ),
  must(
    'format.json',
    '§12.2 TriggerSupportsDeliveryFormat',
    'delivery.format json: the subscriber gets structured mode',
  ),
  must(
    'format.binary',
    '§12.2 TriggerSupportsDeliveryFormat',
    'delivery.format binary: the subscriber gets binary mode',
  ),
  must('format.unset', '§3.3', 'without delivery.format the event goes out in the mode it came in'),
  must('ttl.hidden', '§3.3', 'knativebrokerttl is not visible to a subscriber'),
  must('arrival-time.visible', '§3.1', 'knativearrivaltime is visible to a subscriber, as an RFC 3339 time'),
  must('arrival-time.overwritten', '§3.1', 'a knativearrivaltime that was sent is overwritten'),
  must('ttl.one', '§3.1', 'an event that comes with knativebrokerttl 1, 0 or less is refused with 400'),
  must(
    'ttl.loop',
    '§3.1, §3.5',
    'replies that match their own Trigger end: after as many hops as knativebrokerttl allows',
  ),
  must('ttl.not-a-number', '§3.1', 'a knativebrokerttl that is no integer begins anew: the event is taken'),
  must('ttl.default', '§3.1', 'an event without knativebrokerttl may make 255 hops'),
  must('reply.arrival', '§3.5', 'a reply is stored as if it had come in by ingress: knativearrivaltime is set'),
  must('reply.no-event', '§3.3', 'a 2xx with a body that is not an event counts as failed, as 502'),
  must('reply.invalid-event', '§3.3', 'a 2xx with CloudEvents headers but no valid event counts as failed, as 502'),
  must('reply.structured', '§3.3', 'a reply in structured mode is a reply'),
  must('reply.empty', '§3.3', 'a 2xx with an empty body is a delivery without a reply'),
  must('reply.headers', '§3.2', 'a knative- header of a reply goes on to who gets the reply; others do not'),
  must('header.knative', '§12.5 header test', 'the header knative-hello: world reaches the subscriber'),
  must('header.request-id', '§3.2', 'x-request-id and x-b3-* reach the subscriber'),
  must('header.authorization', '§3.2', 'Authorization, cookies and custom headers do not reach the subscriber'),
  must('consumer.version', '§12.5 consumer', 'specversion arrives as it was sent, 0.3 as well as 1.0'),
  must('consumer.structured', '§12.5 consumer', 'an event sent in structured mode arrives with all its attributes'),
  must('consumer.at-least-once', '§12.5 consumer', 'a hundred events sent at once arrive, each of them'),
  must('consumer.paths', '§9', "a relative uri beside a ref is resolved against the ref's address"),
  must('consumer.sequence', '§12.5 consumer', 'several subscribers of one event get it each with the same attributes'),
];
