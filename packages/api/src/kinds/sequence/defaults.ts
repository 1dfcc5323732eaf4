/** Defaults of the Sequence: the channel template, namespaces of references. Source: reference sections 0.4 and 1.6. */
import type { Resource } from '../../resource.ts';
import type { KindContext } from '../kind.ts';
import { defaultDelivery, defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { defaultFlowTemplate, defaultMembers } from '../shared/flow.ts';
import { type Fields, isFields } from '../shared/objects.ts';

export function defaultSequence(resource: Resource, context: KindContext): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  const step = (member: Fields): Fields =>
    replacePresent(defaultDestination(member, namespace) as Fields, {
      delivery: (value) => defaultDelivery(value, namespace),
    });
  const defaulted = replacePresent(defaultFlowTemplate(spec, context), {
    steps: (value) => defaultMembers(value, step),
    reply: (value) => defaultDestination(value, namespace),
  });
  return { ...resource, spec: defaulted };
}
