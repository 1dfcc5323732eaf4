/** Objects as clients see them: life cycle, addresses, defaults. */
import { must } from './clause.ts';

const brokerPlane = '§12.2 ControlPlaneBroker';
const triggerPlane = '§12.2 ControlPlaneTrigger';

export const control = [
  must('broker.ready-condition', brokerPlane, 'a Broker that was created gets a Ready condition'),
  must('broker.address', brokerPlane, 'a Broker that is ready has status.address.url'),
  must('broker.class-immutable', brokerPlane, 'a change of the annotation broker.class is refused'),
  must('broker.config-immutable', brokerPlane, 'a change of spec.config is refused'),
  must(
    'broker.dead-letter-uri',
    brokerPlane,
    'status.deadLetterSinkUri is set when spec.delivery names a dead letter sink',
  ),
  must('broker.delivery-mutable', '§1.2', 'spec.delivery may be changed, and the change takes effect'),
  must('broker.observed-generation', '§0.5', 'observedGeneration catches up with generation'),
  must('broker.default-delivery', '§12.2 DefaultDeliverySpec', 'a Broker without a delivery gets the default one'),
  must('broker.default-class', '§1.2', 'a Broker without a class gets the default one as an annotation'),
  must(
    'broker.namespace-defaults',
    '§12.5',
    'config-br-defaults gives the Brokers of a namespace their own class and delivery',
  ),
  must(
    'broker.config-accepted',
    '§1.2',
    'spec.config as Knative writes it is accepted and gets the namespace of the Broker',
  ),
  must(
    'addressable.scheme',
    '§12.2 DataPlaneAddressability',
    "the URL of a Broker's address has the scheme http or https",
  ),
  must('addressable.serves', '§12.5', "events are taken at the address the Broker's status shows"),
  must('addressable.gone', '§3.1 row 8', 'a Broker that was deleted takes no events any more: 404'),
  must('trigger.ready-condition', triggerPlane, 'a Trigger that was created gets a Ready condition'),
  must('trigger.one-broker', triggerPlane, 'a Trigger names exactly one Broker'),
  must('trigger.broker-immutable', triggerPlane, 'a change of spec.broker is refused'),
  must('trigger.subscriber-uri', triggerPlane, 'status.subscriberUri is set once the Trigger is ready'),
  must(
    'trigger.before-broker',
    `${triggerPlane}_WithBrokerLifecycle`,
    'a Trigger made before its Broker becomes ready after it',
  ),
  must(
    'trigger.broker-deleted',
    `${triggerPlane}_WithBrokerLifecycle`,
    'a Trigger whose Broker is deleted is not ready any more',
  ),
  must(
    'trigger.valid-filters',
    `${triggerPlane}_WithValidFilters`,
    'a filter with all standard names, extensions and a name of 20 characters is stored unchanged',
  ),
  must(
    'trigger.ready-is-live',
    `${triggerPlane}; data-plane spec`,
    'a Trigger that says Ready gets the next event the Broker accepts',
  ),
  must('trigger.default-filter', '§12.2 Trigger Defaulting', 'spec.filter defaults to an empty object'),
  must(
    'trigger.default-namespace',
    '§12.2 Trigger Defaulting',
    "an absent namespace of the subscriber's ref is that of the Trigger",
  ),
  must('trigger.dls-namespace', '§0.4', "an absent namespace of the dead letter sink's ref is that of the Trigger"),
  must('trigger.broker-label', '§1.3', 'the label eventing.knative.dev/broker names the Broker'),
  must('trigger.subscriber-mutable', '§1.3', 'the subscriber may be changed: the next event goes to the new one'),
  must('trigger.filter-mutable', '§1.3', 'the filter may be changed: it decides about the next event'),
  must('trigger.deleted', '§1.3', 'a Trigger that was deleted gets no events any more'),
  must(
    'trigger.broker-ref',
    '§12.2 CrossNamespaceEventLinks',
    'a Trigger with brokerRef in another namespace delivers exactly once',
  ),
  must(
    'trigger.broker-ref-kn-namespace',
    '§12.2 CrossNamespaceEventLinks',
    "Kn-Namespace of such a delivery is the Trigger's namespace",
  ),
  must('trigger.foreign-subscriber', '§0.4', 'a subscriber may be in another namespace'),
  must('trigger.names', '§12.2 smoke tests', 'objects with valid names of several lengths become ready'),
];
