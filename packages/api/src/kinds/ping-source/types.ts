/** The PingSource. Source: reference sections 1.7 and 6.1. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { SourceSpec, SourceStatus } from '../shared/source.ts';

export interface PingSourceSpec extends SourceSpec {
  /** Cron, five fields or six with seconds first, or a descriptor; read it with `parseSchedule`. */
  readonly schedule: string;
  readonly timezone?: string;
  readonly contentType?: string;
  /** The body of each event, as text or as base64, not both. */
  readonly data?: string;
  readonly dataBase64?: string;
}

export interface PingSource extends Resource {
  readonly kind: 'PingSource';
  readonly spec: PingSourceSpec;
  readonly status?: SourceStatus;
}

export const pingSourceEventType = 'dev.knative.sources.ping';

export function isPingSource(resource: Resource): resource is PingSource {
  return resource.kind === 'PingSource' && isOfGroup(resource.apiVersion, 'sources.knative.dev');
}
