/**
 * Refusals as a Kubernetes API words them: `metav1.Status`, with code, reason, message and details.
 *
 * Source: the Kubernetes API conventions ("Response Status Kind"); reference section 0.3 for the webhook's denial.
 */
import { type FieldError, type KindDefinition, mergeFieldErrors, renderFieldErrors } from '@millrace/api';
import { isStoreError, type StoreError } from '../store/store-error.ts';

export type StatusReason =
  | 'BadRequest'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable';

interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The body of every answer that is an error, and of some that are not. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

const codes: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
};

/** Thrown by handlers; the plugin answers with its status. */
export class ApiError extends Error {
  readonly status: StatusBody;

  constructor(reason: StatusReason, message: string, details: StatusDetails = {}) {
    super(message);
    this.name = 'ApiError';
    const code = codes[reason];
    this.status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

export function success(details: StatusDetails): StatusBody {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details, code: 200 };
}

/** `triggers.eventing.knative.dev`, or `services` in the core group. */
function qualifiedPlural(definition: KindDefinition): string {
  return definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`;
}

/** Nothing is served at this path. */
export function unknownPath(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource');
}

export function objectNotFound(definition: KindDefinition, name: string): ApiError {
  return new ApiError('NotFound', `${qualifiedPlural(definition)} "${name}" not found`, {
    name,
    group: definition.group,
    kind: definition.plural,
  });
}

/** What the store refused, as the answer to a request for this kind. */
function fromStoreError(error: StoreError, definition: KindDefinition | undefined): ApiError {
  const { name } = error.details;
  const group = definition?.group ?? error.details.group;
  const about = {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(group === undefined || group === '' ? {} : { group }),
    ...(definition === undefined ? {} : { kind: definition.plural }),
  };
  switch (error.code) {
    case 'not-found':
      return new ApiError('NotFound', error.message, about);
    case 'already-exists':
      return new ApiError('AlreadyExists', error.message, about);
    case 'conflict':
      return new ApiError('Conflict', error.message, about);
    case 'gone':
      return new ApiError('Expired', error.message);
    case 'forbidden':
      return new ApiError('Forbidden', error.message, about);
    case 'failed':
      return new ApiError('ServiceUnavailable', error.message, { ...about, retryAfterSeconds: 1 });
    case 'invalid':
      return invalid(error, definition, about);
  }
}

/** Which of Knative's webhooks would have refused an object of a group; none for the core kinds. */
const webhooks: Readonly<Record<string, string>> = {
  'eventing.knative.dev': 'validation.webhook.eventing.knative.dev',
  'sources.knative.dev': 'validation.webhook.eventing.knative.dev',
  'sources.eventing.knative.dev': 'validation.webhook.eventing.knative.dev',
  'messaging.knative.dev': 'validation.webhook.eventing.knative.dev',
  'flows.knative.dev': 'validation.webhook.eventing.knative.dev',
  'serving.knative.dev': 'validation.webhook.serving.knative.dev',
};

function invalid(error: StoreError, definition: KindDefinition | undefined, about: StatusDetails): ApiError {
  const { fieldErrors } = error.details;
  const kind = definition?.kind ?? error.details.kind ?? '';
  if (fieldErrors === undefined) return new ApiError('Invalid', error.message, { ...about, kind });
  const text = renderFieldErrors(fieldErrors);
  const webhook = webhooks[about.group ?? ''];
  const message =
    webhook === undefined
      ? `${kind} "${about.name ?? ''}" is invalid: ${text}`
      : `admission webhook "${webhook}" denied the request: validation failed: ${text}`;
  return new ApiError('Invalid', message, { ...about, kind, causes: causesOf(fieldErrors) });
}

/** One cause for each field; a client that shows causes instead of the message says `field: message`. */
function causesOf(errors: readonly FieldError[]): StatusCause[] {
  return mergeFieldErrors(errors).flatMap(({ message, details, paths }) => {
    const text = details === undefined ? message : `${message} (${details})`;
    const reason = message.startsWith('missing field') ? 'FieldValueRequired' : 'FieldValueInvalid';
    return paths.map((field) => ({ reason, message: text, field }));
  });
}

/** The status for anything that was thrown; undefined for what no client caused. */
export function statusOf(error: unknown, definition?: KindDefinition): StatusBody | undefined {
  if (error instanceof ApiError) return error.status;
  if (isStoreError(error)) return fromStoreError(error, definition).status;
  const { statusCode, message } = error as { readonly statusCode?: unknown; readonly message?: unknown };
  if (statusCode === 413) return new ApiError('RequestEntityTooLarge', 'the request body is too large').status;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  return { ...badRequest(String(message)).status, code: statusCode };
}
