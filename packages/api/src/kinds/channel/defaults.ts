/** Defaults of the Channel: its template, and those of every channel. Source: reference sections 1.6 and 5.3. */
import type { Resource } from '../../resource.ts';
import type { KindContext } from '../kind.ts';
import type { ChannelDefaults, ChannelTemplate } from '../shared/channel-template.ts';
import { defaultChannelable } from '../shared/channelable.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';

/** The template of a namespace, else of the cluster. */
function defaultTemplate({ cluster, namespaces }: ChannelDefaults, namespace: string): ChannelTemplate {
  return (Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined) ?? cluster;
}

export function defaultChannel(resource: Resource, context: KindContext): Resource {
  const { metadata, spec } = resource;
  if (!isFields(metadata) || (spec !== undefined && !isFields(spec))) return resource;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : context.namespace;
  const given = fieldsOf(spec)['channelTemplate'];
  const channelTemplate = given ?? defaultTemplate(context.channelDefaults, namespace);
  return defaultChannelable({ ...resource, spec: { ...fieldsOf(spec), channelTemplate } });
}
