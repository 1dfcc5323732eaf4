/** JSON Schema of the GitHubSource. Source: reference section 1.7. */
import type { JsonSchema } from '../schema-check.ts';
import { ceOverridesSchema, closed, destinationSchema, objectSchema, text } from '../shared/schemas.ts';

const secretValue = (description: string): JsonSchema =>
  closed(
    { secretKeyRef: closed({ name: text, key: text }, { required: ['name', 'key'] }) },
    { description, required: ['secretKeyRef'] },
  );

export const gitHubSourceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1alpha1: objectSchema({
    apiVersion: 'sources.knative.dev/v1alpha1',
    kind: 'GitHubSource',
    description: 'Receives webhooks of GitHub and sends each as an event.',
    required: ['spec'],
    more: {
      spec: closed(
        {
          ownerAndRepository: {
            ...text,
            pattern: '^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$',
            description: 'owner/repository, or the name of an organization.',
          },
          eventTypes: {
            type: 'array',
            minItems: 1,
            items: { ...text, pattern: '^[a-z_]+$' },
            description: 'Webhook events to receive, such as pull_request.',
          },
          accessToken: secretValue('Token with which the webhook is registered.'),
          secretToken: secretValue('Secret that payloads are signed with.'),
          githubAPIURL: { ...text, description: "URL of a GitHub Enterprise server's API." },
          secure: { type: 'boolean', description: 'Whether GitHub calls back over https.' },
          serviceAccountName: text,
          sink: { ...destinationSchema, description: 'Where the events go.' },
          ceOverrides: ceOverridesSchema,
        },
        { required: ['ownerAndRepository', 'eventTypes', 'accessToken', 'secretToken', 'sink'] },
      ),
    },
  }),
};
