/** Rules of the PingSource. Source: reference section 6.1. */
import { decodeBase64 } from '../../event/base64.ts';
import { type FieldError, type FieldPath, invalidValue, multipleOneOf } from '../field-error.ts';
import type { KindContext } from '../kind.ts';
import { validateDestination } from '../shared/destination.ts';
import { isFields } from '../shared/objects.ts';
import { parseSchedule } from '../shared/schedule.ts';
import { validateOverrides } from '../shared/source.ts';
import type { PingSource, PingSourceSpec } from './types.ts';

export function validatePingSource({ spec }: PingSource, context: KindContext): FieldError[] {
  if (!isFields(spec)) return [];
  return [
    ...validateSchedule(spec),
    ...validateDestination(spec.sink, ['spec', 'sink']),
    ...validateData(spec, context.pingDataBytesMax),
    ...validateOverrides(spec.ceOverrides, ['spec', 'ceOverrides']),
  ];
}

function validateSchedule(spec: PingSourceSpec): FieldError[] {
  const parsed = parseSchedule(spec.schedule ?? '', spec.timezone);
  return parsed.kind === 'ok' ? [] : [invalidValue(parsed.message, ['spec', parsed.field])];
}

function validateData(spec: PingSourceSpec, bytesMax: number): FieldError[] {
  const { data = '', dataBase64 = '', contentType } = spec;
  if (data !== '' && dataBase64 !== '') return [multipleOneOf(['spec', 'data'], ['spec', 'dataBase64'])];
  const field = dataBase64 === '' ? 'data' : 'dataBase64';
  const at: FieldPath = ['spec', field];
  const text = data + dataBase64;
  if (text === '') return [];
  const errors: FieldError[] = [];
  // Base64 counts as it is written, as in Knative.
  const bytes = Buffer.byteLength(text);
  if (bytesMax > -1 && bytes > bytesMax) {
    errors.push(invalidValue(`the ${field} length of ${bytes} bytes exceeds limit set at ${bytesMax}.`, at));
  }
  if (field === 'dataBase64' && decodeBase64(text) === undefined) {
    errors.push(invalidValue('illegal base64 data, expected the standard alphabet with padding', at));
  } else if (contentType === 'application/json') {
    const plain = field === 'data' ? text : Buffer.from(text, 'base64').toString('utf8');
    const why = whyNoJsonObject(plain);
    if (why !== undefined) errors.push(invalidValue(`with contentType application/json ${why}`, at));
  }
  return errors;
}

/** Knative takes only objects: other JSON cannot be told from text by its adapter. */
function whyNoJsonObject(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return undefined;
    const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    return `the data must be a JSON object, got ${got}`;
  } catch (error) {
    return `the data must be JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
