/**
 * Discovery: what a client learns before its first request. Plain documents, and the aggregated one that saves it the
 * round trips.
 *
 * Source: the Kubernetes API concepts ("API discovery").
 */
import { apiVersionOf, type KindDefinition, kinds } from '@millrace/api';
import { hasStatus } from '../store/local/local-store.ts';
import { unknownPath } from './api-error.ts';

const objectVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const statusVerbs = ['get', 'patch', 'update'];

/** Words that stand for many kinds in `kubectl get`, as Knative's definitions have them. */
const categories: Readonly<Record<string, readonly string[]>> = {
  'eventing.knative.dev': ['all', 'knative', 'eventing'],
  'sources.knative.dev': ['all', 'knative', 'sources'],
  'sources.eventing.knative.dev': ['all', 'knative', 'sources'],
  'serving.knative.dev': ['all', 'knative', 'serving'],
};

function categoriesOf(definition: KindDefinition): readonly string[] {
  return categories[definition.group] ?? (definition.kind === 'Service' ? ['all'] : []);
}

/** The groups but the core one. */
export function groupNames(): string[] {
  return [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== '');
}

/** Versions of a group; the preferred one of its first kind comes first. */
export function versionsOf(group: string): string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).flatMap(({ versions }) => versions))];
}

export function kindsOf(group: string, version: string): KindDefinition[] {
  return kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
}

/** `/api` */
export function coreVersions(host: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
  return { kind: 'APIVersions', versions: versionsOf(''), serverAddressByClientCIDRs };
}

/** `/apis` */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames().map(groupOf) };
}

function groupOf(name: string): object {
  const versions = versionsOf(name).map((version) => ({ groupVersion: apiVersionOf(name, version), version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** `/apis/<group>` */
export function apiGroup(name: string): object {
  if (!groupNames().includes(name)) throw unknownPath();
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) };
}

/** `/api/v1`, `/apis/<group>/<version>` */
export function resourceList(group: string, version: string): object {
  const resources = kindsOf(group, version).flatMap((definition) => {
    const { plural, singular, namespaced, kind, shortNames } = definition;
    const words = categoriesOf(definition);
    const main = {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: objectVerbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(words.length === 0 ? {} : { categories: words }),
    };
    const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: statusVerbs };
    return hasStatus(definition) ? [main, status] : [main];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(group, version), resources };
}

/** `/api` and `/apis` for a client that takes everything in one document. */
export function groupDiscovery(groups: readonly string[], v: string): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${v}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(group).map((version) => ({
        version,
        freshness: 'Current',
        resources: kindsOf(group, version).map((definition) => discovered(definition, version)),
      })),
    })),
  };
}

function discovered(definition: KindDefinition, version: string): object {
  const { group, kind, plural, singular, namespaced, shortNames } = definition;
  const responseKind = { group, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: objectVerbs,
    shortNames,
    categories: categoriesOf(definition),
    subresources: hasStatus(definition) ? [{ subresource: 'status', responseKind, verbs: statusVerbs }] : [],
  };
}

/** The Kubernetes version whose API this is: clients compare it with their own. */
const kubernetesVersion = { major: '1', minor: '34' };

/** `/version` */
export function versionInfo(version: string): object {
  const { major, minor } = kubernetesVersion;
  return {
    major,
    minor,
    gitVersion: `v${major}.${minor}.0+millrace-${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch}`,
  };
}
