/** From resources to what the source adapters need: a pure function, as the routing table is for the data plane. */
import {
  type CronJobSource,
  type GitHubSource,
  isCronJobSource,
  isGitHubSource,
  isPingSource,
  type PingSource,
  type Resource,
  type SourceRoute,
  type SourceRouteBase,
} from '@millrace/api';

/**
 * @param resources stored objects of any kind, in any order; only sources and Secrets count. Objects that are being
 *   deleted, or have no UID because they were never stored, are left out.
 * @returns by namespace, kind and name.
 */
export function sourcesOf(resources: readonly Resource[]): readonly SourceRoute[] {
  const secrets = new Map(
    resources
      .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret')
      .map((secret) => [`${secret.metadata.namespace}/${secret.metadata.name}`, secret]),
  );
  const routes = resources.flatMap((resource): SourceRoute[] => {
    const { uid = '', deletionTimestamp } = resource.metadata;
    if (uid === '' || deletionTimestamp !== undefined || resource.spec === undefined) return [];
    if (isPingSource(resource)) return [pingRoute(resource)];
    if (isCronJobSource(resource)) return [cronJobRoute(resource)];
    if (isGitHubSource(resource)) return [gitHubRoute(resource, secrets)];
    return [];
  });
  const place = ({ namespace, kind, name }: SourceRoute) => `${namespace}/${kind}/${name}`;
  return routes.sort((left, right) => (place(left) < place(right) ? -1 : 1));
}

function base(source: PingSource | CronJobSource | GitHubSource, overrides: Record<string, string>): SourceRouteBase {
  const { uid = '', namespace = 'default', name, generation = 0 } = source.metadata;
  const { sinkUri, sinkCACerts, sinkAudience } = source.status ?? {};
  return {
    uid,
    namespace,
    name,
    revision: generation,
    ...(sinkUri === undefined ? {} : { sinkUri }),
    ...(sinkCACerts === undefined ? {} : { sinkCaCerts: sinkCACerts }),
    ...(sinkAudience === undefined ? {} : { sinkAudience }),
    ceOverrides: overrides,
  };
}

function pingRoute(source: PingSource): SourceRoute {
  const { schedule, timezone, contentType, data, dataBase64, ceOverrides } = source.spec;
  return {
    ...base(source, { ...ceOverrides?.extensions }),
    kind: 'PingSource',
    spec: {
      schedule,
      ...(timezone === undefined ? {} : { timezone }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(data === undefined ? {} : { data }),
      ...(dataBase64 === undefined ? {} : { dataBase64 }),
    },
  };
}

function cronJobRoute(source: CronJobSource): SourceRoute {
  const { schedule, data } = source.spec;
  return {
    ...base(source, {}),
    kind: 'CronJobSource',
    spec: { schedule, ...(data === undefined ? {} : { data }) },
  };
}

function gitHubRoute(source: GitHubSource, secrets: ReadonlyMap<string, Resource>): SourceRoute {
  const { ownerAndRepository, eventTypes, githubAPIURL, secure, secretToken, ceOverrides } = source.spec;
  const { name, key } = secretToken.secretKeyRef;
  const data = secrets.get(`${source.metadata.namespace}/${name}`)?.data ?? {};
  const encoded = Object.hasOwn(data, key) ? data[key] : undefined;
  const token = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  return {
    ...base(source, { ...ceOverrides?.extensions }),
    kind: 'GitHubSource',
    spec: {
      ownerAndRepository,
      eventTypes,
      ...(githubAPIURL === undefined ? {} : { githubAPIURL }),
      secure: secure ?? false,
    },
    ...(token === '' ? {} : { secretToken: token }),
  };
}
