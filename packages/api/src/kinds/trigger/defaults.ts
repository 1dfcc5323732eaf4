/** Defaults of the Trigger: an empty filter, namespaces of references, the Broker's label. Source: reference section 1.3. */
import type { Resource } from '../../resource.ts';
import { brokerLabel } from '../annotations.ts';
import type { KindContext } from '../kind.ts';
import {
  defaultDelivery,
  defaultDestination,
  defaultReference,
  replacePresent,
  withEntry,
} from '../shared/defaulting.ts';
import { isLabelValue } from '../shared/metadata.ts';
import { type Fields, fieldsOf, isFields } from '../shared/objects.ts';

/** A Broker's reference may leave out what it cannot be otherwise. */
function defaultBrokerRef(ref: unknown, namespace: string | undefined): unknown {
  if (!isFields(ref)) return ref;
  return defaultReference({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', ...ref }, namespace);
}

export function defaultTrigger(resource: Resource, _context: KindContext): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  const defaulted = replacePresent(
    { ...spec, filter: spec['filter'] ?? {} },
    {
      brokerRef: (value) => defaultBrokerRef(value, namespace),
      subscriber: (value) => defaultDestination(value, namespace),
      delivery: (value) => defaultDelivery(value, namespace),
    },
  );
  return { ...resource, metadata: labelled(metadata, spec), spec: defaulted };
}

/** Stamps the name of the Broker. A name too long for a label is left out: it would make the object invalid. */
function labelled(metadata: Resource['metadata'], spec: Fields): Resource['metadata'] {
  const broker = spec['broker'] ?? fieldsOf(spec['brokerRef'])['name'];
  const { labels } = metadata;
  if (typeof broker !== 'string' || broker === '' || !isLabelValue(broker)) return metadata;
  if (labels !== undefined && !isFields(labels)) return metadata;
  return { ...metadata, labels: withEntry(labels, brokerLabel, broker) as Record<string, string> };
}
