/** Defaults of the Subscription: namespaces of references. Source: reference section 0.4. */
import type { Resource } from '../../resource.ts';
import { defaultDelivery, defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

export function defaultSubscription(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  const destination = (value: unknown): unknown => defaultDestination(value, namespace);
  return {
    ...resource,
    spec: replacePresent(spec, {
      subscriber: destination,
      reply: destination,
      delivery: (value) => defaultDelivery(value, namespace),
    }),
  };
}
