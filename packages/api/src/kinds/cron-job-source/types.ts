/** The CronJobSource, the PingSource's predecessor. Source: reference section 6.13. */
import type { Destination, KReference } from '../../delivery/index.ts';
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { SourceStatus } from '../shared/source.ts';

export interface CronJobSourceSpec {
  readonly schedule: string;
  readonly data?: string;
  readonly serviceAccountName?: string;
  /** A plain reference, as the kind had it first, or a Destination. Read it with `cronJobSinkOf`. */
  readonly sink: KReference | Destination;
}

export interface CronJobSource extends Resource {
  readonly kind: 'CronJobSource';
  readonly spec: CronJobSourceSpec;
  readonly status?: SourceStatus;
}

export const cronJobSourceEventType = 'dev.knative.cronjob.event';

export function isCronJobSource(resource: Resource): resource is CronJobSource {
  return resource.kind === 'CronJobSource' && isOfGroup(resource.apiVersion, 'sources.eventing.knative.dev');
}

function isReference(sink: KReference | Destination): sink is KReference {
  return 'kind' in sink || 'name' in sink || 'apiVersion' in sink;
}

/** The sink as a Destination, whichever form it is written in. */
export function cronJobSinkOf(spec: CronJobSourceSpec): Destination {
  return isReference(spec.sink) ? { ref: spec.sink } : spec.sink;
}
