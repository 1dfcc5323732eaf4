/**
 * What sources share: SourceSpec, SourceStatus and their rules. Source: reference sections 0.1 and 6.1.
 */
import type { Destination } from '../../delivery/index.ts';
import type { Status } from '../../resource.ts';
import { type FieldError, type FieldPath, invalidKeyName } from '../field-error.ts';

export interface CloudEventOverrides {
  readonly extensions?: Readonly<Record<string, string>>;
}

export interface SourceSpec {
  readonly sink: Destination;
  readonly ceOverrides?: CloudEventOverrides;
}

export interface CloudEventAttributes {
  readonly type: string;
  readonly source: string;
}

export interface SourceStatus extends Status {
  readonly sinkUri?: string;
  readonly sinkCACerts?: string;
  readonly sinkAudience?: string;
  readonly ceAttributes?: readonly CloudEventAttributes[];
}

export function validateOverrides(overrides: CloudEventOverrides | undefined, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of Object.keys(overrides?.extensions ?? {})) {
    const place = [...at, 'extensions'];
    if (name === '') errors.push(invalidKeyName(name, place, 'keys MUST NOT be empty'));
    else if (!/^[A-Za-z0-9]+$/.test(name))
      errors.push(invalidKeyName(name, place, 'keys are expected to be alphanumeric'));
  }
  return errors;
}
