/**
 * Defaults of the KafkaSource. Source: reference section 1.7. The consumer group is named by the object's UID, which a
 * store gives before it defaults: the same object has the same group, however often it is defaulted.
 */
import type { Resource } from '../../resource.ts';
import { defaultDelivery, defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

const groupPrefix = 'knative-kafka-source-';

export function defaultKafkaSource(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const { namespace, uid } = metadata;
  const isNamed = (spec['consumerGroup'] ?? '') !== '';
  const group = isNamed || typeof uid !== 'string' || uid === '' ? {} : { consumerGroup: `${groupPrefix}${uid}` };
  const given = (name: string, fallback: unknown) => ((spec[name] ?? '') === '' ? fallback : spec[name]);
  const fields = {
    ...spec,
    ...group,
    consumers: given('consumers', 1),
    initialOffset: given('initialOffset', 'latest'),
    ordering: given('ordering', 'ordered'),
  };
  const replaced = replacePresent(fields, {
    sink: (value) => defaultDestination(value, namespace),
    delivery: (value) => defaultDelivery(value, namespace),
  });
  return { ...resource, spec: replaced };
}
