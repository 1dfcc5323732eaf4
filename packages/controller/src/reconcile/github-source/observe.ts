/** What a GitHubSource's plan depends on. */
import type { GitHubSource, Resource } from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface GitHubSourceObservation {
  readonly source: GitHubSource;
  readonly sink: Resolution;
  /** Why a secret is not there; absent: it is. */
  readonly accessTokenProblem?: string;
  readonly secretTokenProblem?: string;
  /** Where the receiver listens; absent: there is none. */
  readonly receiverUrl?: string;
  /** False: the receiver does not know the source, its secret or its sink yet. */
  readonly isServed?: boolean;
}

export function observeGitHubSource(source: GitHubSource, context: ReconcileContext): GitHubSourceObservation {
  const { namespace = 'default', name, uid = '' } = source.metadata;
  const { baseUrl, gitHubReceiverUrl } = context.options;
  const problem = ({ secretKeyRef }: GitHubSource['spec']['accessToken']): string | undefined => {
    const secret: Resource | undefined = context.read({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace,
      name: secretKeyRef.name,
    });
    if (secret === undefined) return `secrets "${secretKeyRef.name}" not found`;
    const data = secret.data ?? {};
    if (Object.hasOwn(data, secretKeyRef.key) && data[secretKeyRef.key] !== '') return undefined;
    return `key "${secretKeyRef.key}" not found in secret "${secretKeyRef.name}"`;
  };
  const accessTokenProblem = problem(source.spec.accessToken);
  const secretTokenProblem = problem(source.spec.secretToken);
  const receiverUrl = gitHubReceiverUrl?.({ namespace, name });
  return {
    source,
    sink: resolveDestination(source.spec.sink, { read: context.read, namespace, baseUrl }),
    ...(accessTokenProblem === undefined ? {} : { accessTokenProblem }),
    ...(secretTokenProblem === undefined ? {} : { secretTokenProblem }),
    ...(receiverUrl === undefined ? {} : { receiverUrl }),
    isServed: context.isServed(uid),
  };
}
