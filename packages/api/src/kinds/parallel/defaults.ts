/** Defaults of the Parallel: the channel template, namespaces of references. Source: reference sections 0.4 and 1.6. */
import type { Resource } from '../../resource.ts';
import type { KindContext } from '../kind.ts';
import { defaultDelivery, defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { defaultFlowTemplate, defaultMembers } from '../shared/flow.ts';
import { type Fields, isFields } from '../shared/objects.ts';

export function defaultParallel(resource: Resource, context: KindContext): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  const destination = (value: unknown): unknown => defaultDestination(value, namespace);
  const branch = (member: Fields): Fields =>
    replacePresent(member, {
      filter: destination,
      subscriber: destination,
      reply: destination,
      delivery: (value) => defaultDelivery(value, namespace),
    });
  const defaulted = replacePresent(defaultFlowTemplate(spec, context), {
    branches: (value) => defaultMembers(value, branch),
    reply: destination,
  });
  return { ...resource, spec: defaulted };
}
