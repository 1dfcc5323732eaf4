/** Routes as the control plane makes them. */
import type { CronJobSourceRoute, GitHubSourceRoute, PingSourceRoute } from '@millrace/api';

const sinkUri = 'http://sink.test/';

export function pingRoute(
  spec: Partial<PingSourceRoute['spec']> = {},
  more: Partial<Omit<PingSourceRoute, 'spec' | 'kind'>> = {},
): PingSourceRoute {
  return {
    kind: 'PingSource',
    uid: 'ping-uid',
    namespace: 'ns',
    name: 'tick',
    revision: 1,
    sinkUri,
    ceOverrides: {},
    ...more,
    spec: { schedule: '* * * * *', timezone: 'UTC', ...spec },
  };
}

export function cronJobRoute(
  spec: Partial<CronJobSourceRoute['spec']> = {},
  more: Partial<Omit<CronJobSourceRoute, 'spec' | 'kind'>> = {},
): CronJobSourceRoute {
  return {
    kind: 'CronJobSource',
    uid: 'cron-uid',
    namespace: 'ns',
    name: 'old',
    revision: 1,
    sinkUri,
    ceOverrides: {},
    ...more,
    spec: { schedule: 'CRON_TZ=UTC */15 * * * *', ...spec },
  };
}

export const secret = "It's a Secret to Everybody";

export function gitHubRoute(more: Partial<Omit<GitHubSourceRoute, 'kind'>> = {}): GitHubSourceRoute {
  return {
    kind: 'GitHubSource',
    uid: 'github-uid',
    namespace: 'ns',
    name: 'hooks',
    revision: 1,
    sinkUri,
    ceOverrides: {},
    secretToken: secret,
    spec: { ownerAndRepository: 'octo/mill', eventTypes: ['push'], secure: true },
    ...more,
  };
}
