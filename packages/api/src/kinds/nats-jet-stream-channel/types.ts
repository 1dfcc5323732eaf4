/** The NatsJetStreamChannel. Source: reference sections 1.6 and 11.5. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelableSpec, ChannelableStatus } from '../shared/channelable.ts';

/** A stream as the manifest sets it; durations are Go's, such as `72h` or `1m30s`. */
export interface StreamConfigSpec {
  readonly additionalSubjects?: readonly string[];
  readonly retention?: 'Limits' | 'Interest' | 'Work';
  readonly maxConsumers?: number;
  readonly maxMsgs?: number;
  readonly maxBytes?: number;
  readonly discard?: 'Old' | 'New';
  readonly maxAge?: string;
  readonly maxMsgSize?: number;
  readonly storage?: 'File' | 'Memory';
  readonly replicas?: number;
  readonly noAck?: boolean;
  readonly duplicateWindow?: string;
  readonly placement?: { readonly cluster?: string; readonly tags?: readonly string[] };
  readonly mirror?: StreamSourceSpec;
  readonly sources?: readonly StreamSourceSpec[];
}

/** Another stream. */
export interface StreamSourceSpec {
  readonly name?: string;
  readonly optStartSeq?: number;
  readonly optStartTime?: string;
  readonly filterSubject?: string;
}

/** What of Knative's consumer template has a meaning here; the other fields are accepted. */
export interface ConsumerTemplateSpec {
  readonly deliverPolicy?: 'All' | 'Last' | 'New' | 'ByStartSequence' | 'ByStartTime';
  readonly optStartTime?: string;
  readonly ackWait?: string;
  readonly maxAckPending?: number;
  readonly [field: string]: unknown;
}

export interface NatsJetStreamChannelSpec extends ChannelableSpec {
  readonly stream?: { readonly overrideName?: string; readonly config?: StreamConfigSpec };
  readonly consumerConfigTemplate?: ConsumerTemplateSpec;
  /** Accepted: there is no Deployment here. */
  readonly deploymentSpecTemplate?: unknown;
}

export interface NatsJetStreamChannel extends Resource {
  readonly kind: 'NatsJetStreamChannel';
  readonly spec?: NatsJetStreamChannelSpec;
  readonly status?: ChannelableStatus;
}

export function isNatsJetStreamChannel(resource: Resource): resource is NatsJetStreamChannel {
  return resource.kind === 'NatsJetStreamChannel' && isOfGroup(resource.apiVersion, 'messaging.knative.dev');
}
