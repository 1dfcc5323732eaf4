/** Conditions and reasons of every kind, over real objects. */
import { type Clause, elsewhere, must } from './clause.ts';

const brokers = '§2.1';
const triggers = '§2.2';
const rest = '§2.5';
const plans = 'packages/controller/test/reconcile/plans.test.ts';

export const status: readonly Clause[] = [
  must(
    'cond.broker-set',
    brokers,
    'a Broker has the conditions IngressReady, TriggerChannelReady, FilterReady, Addressable, DeadLetterSinkResolved, EventPoliciesReady and Ready, sorted',
  ),
  must('cond.broker-true', brokers, 'of a Broker that is ready every condition is True'),
  must('cond.broker-policies', brokers, 'EventPoliciesReady is True with reason OIDCDisabled'),
  must(
    'cond.broker-no-dls',
    brokers,
    'no dead letter sink: DeadLetterSinkResolved True, DeadLetterSinkNotConfigured, "No dead letter sink is configured."',
  ),
  must(
    'cond.broker-dls',
    brokers,
    "a dead letter sink that is not there: DeadLetterSinkResolved False, Unable to get the dead letter sink's URI",
  ),
  must('cond.broker-dls-heals', brokers, 'when the dead letter sink appears the Broker becomes ready'),
  must(
    'cond.broker-config',
    brokers,
    'a config that is not there: TriggerChannelReady False, ChannelTemplateFailed, "Error on setting up the ChannelTemplate: …"',
  ),
  must('cond.broker-config-empty', brokers, 'a config without a template: ChannelTemplateFailed'),
  must('cond.broker-config-heals', brokers, 'when the config appears the Broker becomes ready'),
  must('cond.broker-channel', brokers, 'a channel that cannot be made: TriggerChannelReady False, ChannelFailure'),
  must('cond.broker-kafka-config', '§2.5, §11.1', 'class Kafka without servers: ConfigParsed False, with what to do'),
  must('cond.broker-annotations', brokers, 'class MTChannelBasedBroker: status annotations name the backing channel'),
  must('metadata', '§12.2 PropagatesMetadata', "a Broker's messaging annotations appear on its channel"),
  must('broker.channel-child', '§10', 'the channel of a Broker: name, labels, owner; it delivers'),
  must('cond.broker-no-address', brokers, 'a Broker that is not served has no address: Addressable False, nil URL'),
  must('cond.broker-foreign', brokers, 'a Broker of an unknown class is left alone: no status at all'),
  must('cond.ready-copies', '§0.5', 'Ready has reason and message of the condition that decided'),
  must('cond.transition-time', '§0.5', 'lastTransitionTime moves only when its condition changed'),
  must('cond.times', '§0.5', 'lastTransitionTime is an RFC 3339 time in whole seconds'),
  must(
    'cond.trigger-set',
    triggers,
    'a Trigger has the conditions BrokerReady, SubscriptionReady, DependencyReady, SubscriberResolved, DeadLetterSinkResolved, OIDCIdentityCreated and Ready',
  ),
  must('cond.trigger-true', triggers, 'of a Trigger that is ready every condition is True'),
  must('cond.trigger-oidc', triggers, 'OIDCIdentityCreated is True with reason authentication-oidc feature disabled'),
  must(
    'cond.trigger-no-broker',
    triggers,
    'no Broker: BrokerReady False, BrokerDoesNotExist, Broker "x" does not exist',
  ),
  must('cond.trigger-broker-not-ready', triggers, 'a Broker that is not ready: its reason and message are copied'),
  must('cond.trigger-stays', triggers, 'when the Broker stops being ready the other conditions stay as they were'),
  must('cond.trigger-foreign', triggers, 'a Trigger of a Broker of a foreign class is left alone: no conditions'),
  must(
    'cond.trigger-subscriber',
    triggers,
    "a subscriber that is not there: SubscriberResolved False, Unable to get the Subscriber's URI",
  ),
  must('cond.trigger-subscriber-cleared', triggers, 'a subscriber that goes away: status.subscriberUri is cleared'),
  must('cond.trigger-subscriber-heals', triggers, 'when the subscriber appears the Trigger becomes ready'),
  must(
    'cond.trigger-no-address',
    triggers,
    'a subscriber without an address is not resolved, and the message says what to do',
  ),
  must('cond.trigger-dls-none', triggers, 'no dead letter sink anywhere: DeadLetterSinkNotConfigured'),
  must(
    'cond.trigger-dls-own',
    triggers,
    "its own dead letter sink that is not there: DeadLetterSinkResolved False, Unable to get the dead letter sink's URI",
  ),
  must(
    'cond.trigger-dls-broker',
    triggers,
    "the Broker's dead letter sink: DeadLetterSinkResolved True, status.deadLetterSinkUri is the Broker's",
  ),
  must('cond.trigger-no-dependency', triggers, 'no dependency: DependencyReady True'),
  must(
    'cond.trigger-dependency-missing',
    triggers,
    'a dependency that is not there: DependencyReady False, DependencyDoesNotExist',
  ),
  must('cond.trigger-dependency-not-ready', triggers, 'a dependency that is not ready: its reason is copied'),
  must(
    'cond.trigger-dependency-without-status',
    triggers,
    'a dependency without a status: DependencyReady Unknown, DependencyNotConfigured',
  ),
  must(
    'dependency.flows',
    '§12.2 TriggerDependencyAnnotation',
    'not ready until the named PingSource exists; then ready, and events flow',
  ),
  elsewhere(
    'cond.trigger-broker-unreconciled',
    triggers,
    'a Broker without Ready: BrokerReady Unknown, BrokerNotConfigured (a moment nobody can hold over HTTP)',
    plans,
  ),
  elsewhere(
    'cond.trigger-dls-unset',
    triggers,
    "a ready Broker that did not publish its dead letter sink: Broker x didn't set status.deadLetterSinkURI (its own Ready is False before)",
    plans,
  ),
  elsewhere(
    'cond.trigger-dependency-reference',
    triggers,
    'a dependency that is no reference: ReferenceError (admission refuses it before)',
    plans,
  ),
  elsewhere(
    'cond.trigger-dependency-generation',
    triggers,
    'a dependency with an old status: Unknown, GenerationNotEqual (a moment nobody can hold over HTTP)',
    plans,
  ),
  must(
    'cond.ping-set',
    rest,
    'a PingSource has the conditions SinkProvided, Deployed, OIDCIdentityCreated and Ready, all True',
  ),
  must('cond.ping-sink', rest, 'a sink that is not there: SinkProvided False, NotFound, and no sinkUri'),
  must('cond.ping-sink-heals', rest, 'when the sink appears the PingSource becomes ready, with sinkUri'),
  must('cond.ping-attributes', rest, 'status.ceAttributes has type dev.knative.sources.ping and its source'),
  must(
    'cond.github-set',
    rest,
    'a GitHubSource has the conditions SecretsProvided, SinkProvided, WebhookConfigured and Ready',
  ),
  must('cond.github-access', rest, 'no access token: SecretsProvided False, AccessTokenNotFound'),
  must('cond.github-secret', rest, 'no secret token: SecretsProvided False, SecretTokenNotFound'),
  must('cond.github-key', rest, 'a Secret without the key is as good as none'),
  must('cond.github-sink', rest, 'a sink that is not there: SinkProvided False, NotFound'),
  must('cond.github-heals', rest, 'when Secret and sink appear the GitHubSource becomes ready'),
  must('cond.cronjob', rest, 'a CronJobSource that is ready has sinkUri; its sink is looked up the same way'),
  must('cond.event-type-none', rest, 'an EventType without a reference: ReferenceExists True, ReferenceNotSet'),
  must(
    'cond.event-type-missing',
    rest,
    'a reference to what is not there: ReferenceExists False, ResourceDoesNotExist',
  ),
  must('cond.event-type-heals', rest, 'when the resource appears ReferenceExists becomes True'),
];
