/** What Knative promises and this installation cannot show, each with the reason. */
import { type Clause, notApplicable } from './clause.ts';

const later = 'of a later issue: the kind is not served yet, and an object of it is refused as unknown';
const noServer = 'there is no cluster in local mode: no pods, Deployments or Services of its own';
const noChannel =
  'a Trigger is a cursor on the log of its Broker, also where the Broker has a channel: there is no Subscription behind it';
const noLogin = 'authentication is off in local mode, as it is by default in Knative';

export const notHere: readonly Clause[] = [
  notApplicable(
    'tls',
    '§12.2 TriggerWithTLSSubscriber, RotateMTChannelBrokerTLSCertificates',
    'TLS subscribers, trust bundles, rotation',
    'local mode listens on loopback without certificates; CACerts of a destination are tested with delivery in packages/channel',
  ),
  notApplicable(
    'oidc',
    '§12.2 BrokerSendEventWithOIDC, §12.4 OIDC conformance',
    'identities and tokens of requests',
    noLogin,
  ),
  notApplicable('authz', '§12.4 AuthZ conformance', 'EventPolicies allow and refuse senders', noLogin),
  notApplicable(
    'filter-url',
    '§3.3',
    'the filter answers at /triggers/<namespace>/<name>/<uid>',
    'matching and delivery are one process without HTTP in between: there is no such address',
  ),
  notApplicable(
    'ingress-identity',
    '§3.1',
    'ingress sends to the channel with Prefer: reply and an identity',
    noChannel,
  ),
  notApplicable(
    'cond.broker-endpoints',
    '§2.1',
    'FilterReady and IngressReady False: ServiceFailure, EndpointSlicesUnavailable',
    noServer,
  ),
  notApplicable(
    'cond.broker-channel-address',
    '§2.1',
    'TriggerChannelReady False: NoAddress, ChannelNotReady',
    noChannel,
  ),
  notApplicable(
    'cond.trigger-get-broker',
    '§2.2',
    'BrokerReady False: FailedToGetBroker',
    'Brokers are read from memory: a read can find nothing, it cannot fail',
  ),
  notApplicable('cond.trigger-channel', '§2.2', 'BrokerReady False: MissingBrokerChannel', noChannel),
  notApplicable(
    'cond.trigger-subscription',
    '§2.2',
    'SubscriptionReady False: NotSubscribed, SubscriptionNotOwnedByTrigger',
    noChannel,
  ),
  notApplicable(
    'cond.trigger-lister',
    '§2.2',
    'DependencyReady False: ListerDoesNotExist, DependencyGetFailed',
    'dependencies are read from memory; a kind that is not known is reported as DependencyDoesNotExist',
  ),
  notApplicable(
    'cond.trigger-oidc-failed',
    '§2.2',
    'OIDCIdentityCreated False when the service account cannot be made',
    noLogin,
  ),
  notApplicable('cond.ping-deployment', '§2.5', 'Deployed False: DeploymentUpdating, DeploymentUnavailable', noServer),
  notApplicable(
    'cond.ping-empty',
    '§2.5',
    'SinkProvided False: SinkEmpty',
    'admission refuses a source without a sink, and a sink that resolves has an address',
  ),
  notApplicable(
    'cond.github-registration',
    '§2.5',
    'WebhookConfigured False: CreationFailed, ReconciliationFailed',
    'nothing is registered at GitHub in local mode: WebhookConfigured is True with reason NotRegistered',
  ),
  notApplicable(
    'channel.roles',
    '§12.3 ControlPlaneChannel',
    'ClusterRoles for channelable-manipulator and addressable-resolver; labels and category of the CRD',
    'CRDs and roles belong to the installation in a cluster',
  ),
  notApplicable(
    'channel.subscribers-edit',
    '§1.6, §12.5',
    'only the service account of the controller may change spec.subscribers',
    'the resource API of local mode knows no accounts: there is nobody to tell from another',
  ),
  notApplicable(
    'channel.probe',
    '§5.2',
    'readiness of the dispatcher: 204 when as many handlers as channels are registered',
    'there is no dispatcher apart: a channel is ready when it is served, and /readyz says it for all',
  ),
  notApplicable(
    'channel.tls',
    '§12.3 SubscriptionTLS, RotateDispatcherTLSCertificate, Sequence and Parallel with TLS',
    'TLS subscribers, trust bundles, rotation',
    'local mode listens on loopback without certificates; CACerts of a destination are tested with delivery in packages/channel',
  ),
  notApplicable(
    'channel.oidc',
    '§12.3 DispatcherAuthenticatesRequestsWithOIDC, identities and audiences of flows',
    'identities of Subscriptions, generated EventPolicies',
    noLogin,
  ),
  notApplicable('api-server-source', '§12.4 ApiServerSource', 'events for changes of objects', later),
  notApplicable('container-source', '§12.4 ContainerSource, SinkBinding', 'containers and bound workloads', noServer),
  notApplicable('integration', '§12.4 IntegrationSource, IntegrationSink', 'AWS and timer integrations', later),
  notApplicable('job-sink', '§12.4 JobSink', 'a Job for each event', noServer),
  notApplicable('event-transform', '§12.4 EventTransform', 'JSONata transformations', later),
  notApplicable('request-reply', '§1.5 RequestReply', 'requests that wait for their reply', later),
  notApplicable(
    'event-type-autocreate',
    '§12.3 eventtype_autocreate, §12.4 PingSource EventType',
    'EventTypes are made from the events that come in',
    'off by default in Knative; of a later issue',
  ),
  notApplicable(
    'ping-tls',
    '§12.4 PingSource',
    'a PingSource with sinkCACerts and an identity',
    'TLS and identities as above; the emitter is tested with certificates in packages/sources',
  ),
  notApplicable(
    'kreference-group',
    '§12.3 kreference_group',
    'references by group only',
    'a feature that is off by default: ref.group is refused',
  ),
  notApplicable(
    'roles',
    '§12.5 source CRDs',
    'CRD labels and ClusterRoles',
    'CRDs and roles belong to the installation in a cluster',
  ),
  notApplicable(
    'tracing',
    '§12.5 tracing',
    'a tree of spans from ingress to subscriber',
    'of a later issue; traceparent travels with the event as a header',
  ),
  notApplicable(
    'upgrade',
    '§12.5 upgrade prober',
    'no event is lost across an upgrade',
    'there is no earlier release; kill -9 and restart are tested in test/crash',
  ),
  notApplicable(
    'status.1xx',
    '§13 retry table',
    '1xx: an error without retry',
    'interim answers never end an HTTP exchange: the final answer decides',
  ),
  notApplicable(
    'body-unreadable',
    '§3.1 row 5',
    'a body that cannot be read is answered with 500',
    'a connection that broke takes no answer; tested with raw sockets in test/bad-input',
  ),
];
