/** Defaults of the Broker: class, configuration, delivery. Source: reference section 1.2. */
import type { Resource } from '../../resource.ts';
import { brokerClassAnnotation } from '../annotations.ts';
import type { KindContext } from '../kind.ts';
import { defaultDelivery, defaultReference, withEntry } from '../shared/defaulting.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';
import { brokerClassDefaults, defaultBrokerClass } from './config.ts';

export function defaultBroker(resource: Resource, context: KindContext): Resource {
  const { metadata } = resource;
  if (!isFields(metadata) || (resource.spec !== undefined && !isFields(resource.spec))) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : context.namespace;
  const named = fieldsOf(metadata.annotations)[brokerClassAnnotation];
  const brokerClass =
    typeof named === 'string' && named !== '' ? named : defaultBrokerClass(context.brokerDefaults, namespace);
  const given = brokerClassDefaults(context.brokerDefaults, namespace, brokerClass);
  const spec = fieldsOf(resource.spec);
  const config = defaultReference(spec['config'] ?? given.config, namespace);
  const delivery = defaultDelivery(spec['delivery'] ?? given.delivery, namespace);
  const annotated = typeof named === 'string' && named !== '' ? metadata : withClass(resource, brokerClass);
  return {
    ...resource,
    metadata: annotated,
    spec: { ...spec, ...(config === undefined ? {} : { config }), ...(delivery === undefined ? {} : { delivery }) },
  };
}

function withClass(resource: Resource, brokerClass: string): Resource['metadata'] {
  const { annotations } = resource.metadata;
  if (annotations !== undefined && !isFields(annotations)) return resource.metadata;
  const next = withEntry(annotations, brokerClassAnnotation, brokerClass) as Record<string, string>;
  return { ...resource.metadata, annotations: next };
}
