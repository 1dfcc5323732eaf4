/** From a KafkaSink to a route: a log that is only appended to. Source: reference section 6.10. */
import { isKafkaSink } from '../kinds/kafka-sink/types.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Resource } from '../resource.ts';
import type { RouteContext } from './build-context.ts';
import { hostsOf, retentionOf } from './build-subscription.ts';
import { backingOfKafkaSink } from './kafka-object-backing.ts';
import type { LogRoute } from './table.ts';

/** Where KafkaSinks are reached inside a cluster, with path `/<namespace>/<name>`. */
export const kafkaSinkIngressHost = 'kafka-sink-ingress.knative-eventing.svc.cluster.local';

/** Where a KafkaSink is reached on the data port. */
export function kafkaSinkPath(namespace: string, name: string): string {
  return `/kafkasinks/${namespace}/${name}`;
}

/** Undefined: no KafkaSink, or it cannot be said how to come in at its servers. */
export function kafkaSinkRoute(resource: Resource, context: RouteContext): LogRoute | undefined {
  if (!isKafkaSink(resource) || !isFields(resource.spec)) return undefined;
  const backing = backingOfKafkaSink(resource, context);
  if (backing.kind === 'error') return undefined;
  const { namespace = '', name, uid = '' } = resource.metadata;
  return {
    uid,
    kind: 'KafkaSink',
    namespace,
    name,
    path: kafkaSinkPath(namespace, name),
    hosts: hostsOf(resource, [kafkaSinkIngressHost]),
    backing: backing.value,
    retention: retentionOf(resource),
    subscriptions: [],
  };
}
