/**
 * The channel template: what channels are made of by Channel, Sequence and Parallel, and by Brokers that name one.
 *
 * Source: reference sections 0.1 (ChannelTemplateSpec), 1.6 and 5.3. Difference: without a template it is a LogChannel, which
 * keeps its events on the log of the installation (design section 7).
 */
import { type FieldError, type FieldPath, missingField } from '../field-error.ts';
import type { JsonSchema } from '../schema-check.ts';
import { isFields } from './objects.ts';
import { closed, text } from './schemas.ts';

export interface ChannelTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  /** Handed to the channel as it is. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** ConfigMap default-ch-webhook: the template of objects that name none, of the cluster and by namespace. */
export interface ChannelDefaults {
  readonly cluster: ChannelTemplate;
  readonly namespaces: Readonly<Record<string, ChannelTemplate>>;
}

/** What holds without a ConfigMap. */
export const shippedChannelDefaults: ChannelDefaults = {
  cluster: { apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel' },
  namespaces: {},
};

export const channelTemplateSchema: JsonSchema = closed(
  {
    apiVersion: { ...text, description: 'API version of the channels, such as messaging.knative.dev/v1.' },
    kind: { ...text, description: 'Kind of the channels, such as KafkaChannel.' },
    spec: { type: 'object', description: 'Their spec, as it is.' },
  },
  { description: 'What channels are made of.' },
);

/** `at` is the place of the template; it must be there, since defaults give one. */
export function validateChannelTemplate(template: unknown, at: FieldPath): FieldError[] {
  if (!isFields(template)) return [missingField(at)];
  const missing = ['apiVersion', 'kind'].filter((field) => (template[field] ?? '') === '');
  return missing.length === 0 ? [] : [missingField(...missing.map((field) => [...at, field]))];
}
