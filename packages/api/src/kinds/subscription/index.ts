/** The kind Subscription. */
import { ageColumn, defineKind, readyColumns, wideColumn } from '../kind.ts';
import { subscriptionConditionSet } from './conditions.ts';
import { defaultSubscription } from './defaults.ts';
import { subscriptionSchemas } from './schema.ts';
import type { Subscription } from './types.ts';
import { validateSubscription, validateSubscriptionUpdate } from './validation.ts';

export { subscriptionConditionSet, subscriptionMarks } from './conditions.ts';
export * from './types.ts';

export const subscriptionKind = defineKind({
  group: 'messaging.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Subscription',
  plural: 'subscriptions',
  shortNames: ['sub'],
  printerColumns: [
    ageColumn,
    ...readyColumns,
    wideColumn('Channel', '.spec.channel.name'),
    wideColumn('Subscriber_URI', '.status.physicalSubscription.subscriberUri'),
    wideColumn('State', '.status.delivery.state'),
    wideColumn('Position', '.status.delivery.position', 'integer'),
    wideColumn('Lag', '.status.delivery.lag', 'integer'),
    wideColumn('In_Flight', '.status.delivery.inFlight', 'integer'),
    wideColumn('Oldest_s', '.status.delivery.oldestUnsettledSeconds', 'integer'),
  ],
  schemas: subscriptionSchemas,
  conditionSet: subscriptionConditionSet,
  applyDefaults: defaultSubscription,
  validate: (resource) => validateSubscription(resource as Subscription),
  validateUpdate: (before, after) => validateSubscriptionUpdate(before as Subscription, after as Subscription),
});
