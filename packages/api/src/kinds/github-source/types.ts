/** The GitHubSource. Source: reference sections 1.7 and 6.11. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { SourceSpec, SourceStatus } from '../shared/source.ts';

/** A value in a Secret of the same namespace. */
export interface SecretValue {
  readonly secretKeyRef: { readonly name: string; readonly key: string };
}

export interface GitHubSourceSpec extends SourceSpec {
  /** `owner/repository`, or `owner` for an organization. */
  readonly ownerAndRepository: string;
  /** Names of webhook events, such as `pull_request`. */
  readonly eventTypes: readonly string[];
  readonly accessToken: SecretValue;
  /** The secret that signs payloads. */
  readonly secretToken: SecretValue;
  readonly githubAPIURL?: string;
  readonly secure?: boolean;
  readonly serviceAccountName?: string;
}

export interface GitHubSourceStatus extends SourceStatus {
  readonly webhookIDKey?: string;
}

export interface GitHubSource extends Resource {
  readonly kind: 'GitHubSource';
  readonly spec: GitHubSourceSpec;
  readonly status?: GitHubSourceStatus;
}

export function isGitHubSource(resource: Resource): resource is GitHubSource {
  return resource.kind === 'GitHubSource' && isOfGroup(resource.apiVersion, 'sources.knative.dev');
}
