/** Rules of the Trigger. Source: reference section 1.3. */
import { dependencyAnnotation, injectionAnnotation, triggerAnnotations, validateAnnotations } from '../annotations.ts';
import {
  type FieldError,
  type FieldPath,
  fieldError,
  formatPath,
  immutableFields,
  invalidValue,
  missingField,
  missingOneOf,
  multipleOneOf,
  withPaths,
} from '../field-error.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateDestination } from '../shared/destination.ts';
import { validateFilters, validateLegacyFilter } from '../shared/filters.ts';
import { isFields, shortDiff } from '../shared/objects.ts';
import type { Trigger } from './types.ts';

export function validateTrigger(trigger: Trigger): FieldError[] {
  const { spec, metadata } = trigger;
  if (!isFields(spec)) return [missingField(['spec'])];
  return [
    ...validateBrokerChoice(trigger),
    ...validateLegacyFilter(spec.filter, ['spec', 'filter']),
    ...validateFilters(spec.filters, ['spec', 'filters']),
    ...validateDestination(spec.subscriber, ['spec', 'subscriber']),
    ...validateDelivery(spec.delivery, ['spec', 'delivery']),
    ...validateAnnotations(metadata.annotations, triggerAnnotations),
    ...validateDependency(trigger),
    ...validateInjection(trigger),
  ];
}

function validateBrokerChoice({ spec }: Trigger): FieldError[] {
  const at: FieldPath[] = [
    ['spec', 'broker'],
    ['spec', 'brokerRef'],
  ];
  const named = (spec.broker ?? '') !== '';
  if (named && spec.brokerRef !== undefined) return [multipleOneOf(...at)];
  if (spec.brokerRef === undefined) return named ? [] : [missingOneOf(...at)];
  const { name, kind = 'Broker', apiVersion = 'eventing.knative.dev/v1' } = spec.brokerRef;
  const errors: FieldError[] = [];
  if ((name ?? '') === '') errors.push(missingField(['spec', 'brokerRef', 'name']));
  if (kind !== 'Broker') errors.push(invalidValue(kind, ['spec', 'brokerRef', 'kind'], 'expected Broker'));
  if (!apiVersion.startsWith('eventing.knative.dev/')) {
    errors.push(invalidValue(apiVersion, ['spec', 'brokerRef', 'apiVersion'], 'expected eventing.knative.dev/v1'));
  }
  return errors;
}

/** The object a Trigger waits for: `knative.dev/dependency`, an object reference as JSON. */
function validateDependency({ metadata }: Trigger): FieldError[] {
  const value = metadata.annotations?.[dependencyAnnotation];
  if (value === undefined) return [];
  const at: FieldPath = ['metadata', 'annotations', dependencyAnnotation];
  let reference: unknown;
  let why = 'expected a JSON object';
  try {
    reference = JSON.parse(value);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  if (!isFields(reference)) {
    return [
      fieldError(`The provided annotation was not a corev1.ObjectReference: ${JSON.stringify(value)}`, [at], why),
    ];
  }
  const part = (name: string): string => `${formatPath(at)}.${name}`;
  const missing = ['kind', 'name', 'apiVersion'].filter((field) => (reference[field] ?? '') === '');
  const errors = missing.map((field) => withPaths(missingField(at), [part(field)]));
  const namespace = reference['namespace'] ?? '';
  if (namespace !== '' && namespace !== metadata.namespace) {
    const message = `Namespace must be empty or equal to the trigger namespace ${JSON.stringify(metadata.namespace ?? '')}`;
    errors.push(withPaths(fieldError(message, [at]), [part('namespace')]));
  }
  return errors;
}

function validateInjection({ metadata, spec }: Trigger): FieldError[] {
  const value = metadata.annotations?.[injectionAnnotation];
  if (value === undefined) return [];
  const at: FieldPath = ['metadata', 'annotations', injectionAnnotation];
  if (value !== 'enabled' && value !== 'disabled') {
    const message = 'The provided injection annotation value can only be "enabled" or "disabled", not';
    return [fieldError(`${message} ${JSON.stringify(value)}`, [at])];
  }
  if (spec.broker === 'default') return [];
  const message =
    'The provided injection annotation is only used for default broker, but non-default broker specified here:';
  return [fieldError(`${message} ${JSON.stringify(spec.broker ?? '')}`, [at])];
}

/**
 * A Trigger stays with its Broker: its cursor is a position on that Broker's log and means nothing on another one. Knative
 * does not look at `brokerRef` here.
 */
export function validateTriggerUpdate(before: Trigger, after: Trigger): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['broker', 'brokerRef'] as const) {
    const diff = shortDiff(before.spec?.[field], after.spec?.[field], `spec.${field}`);
    if (diff === '') continue;
    // Two paths, not `spec.broker`: clients compare this text.
    errors.push(withPaths(immutableFields([['spec', field]], diff), [field, 'spec']));
  }
  return errors;
}
