/** Rules of the Broker. Source: reference section 1.2. */
import { BROKER_CLASS_ANNOTATION, brokerAnnotations, validateAnnotations } from '../annotations.ts';
import { type FieldError, fieldError, immutableFields, missingField, withPaths } from '../field-error.ts';
import type { KindContext } from '../kind.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateReference } from '../shared/destination.ts';
import { fieldsOf, shortDiff } from '../shared/objects.ts';
import { refusesForeignConfig } from './config.ts';
import type { Broker } from './types.ts';

const CLASS_PATH = ['metadata', 'annotations', BROKER_CLASS_ANNOTATION];

export function validateBroker(broker: Broker, context: KindContext): FieldError[] {
  const { metadata, spec = {} } = broker;
  const errors: FieldError[] = [];
  if ((metadata.annotations?.[BROKER_CLASS_ANNOTATION] ?? '') === '') {
    errors.push(withPaths(missingField(CLASS_PATH), [BROKER_CLASS_ANNOTATION]));
  }
  errors.push(...validateAnnotations(metadata.annotations, brokerAnnotations));
  if (spec.config !== undefined) {
    const namespace = metadata.namespace ?? context.namespace;
    const parent = refusesForeignConfig(context.brokerDefaults, namespace) ? namespace : undefined;
    errors.push(...validateReference(spec.config, ['spec', 'config'], parent));
  }
  errors.push(...validateDelivery(spec.delivery, ['spec', 'delivery']));
  return errors;
}

/** The class never changes, and of `spec` only `delivery` may. */
export function validateBrokerUpdate(before: Broker, after: Broker): FieldError[] {
  const errors: FieldError[] = [];
  const classOf = (broker: Broker): string | undefined => broker.metadata.annotations?.[BROKER_CLASS_ANNOTATION];
  const classDiff = shortDiff(classOf(before), classOf(after), BROKER_CLASS_ANNOTATION);
  if (classDiff !== '') {
    const error = fieldError('Immutable annotations changed (-old +new)', [CLASS_PATH], classDiff);
    errors.push(withPaths(error, ['annotations']));
  }
  const specDiff = shortDiff(withoutDelivery(before.spec), withoutDelivery(after.spec), 'spec');
  if (specDiff !== '') errors.push(immutableFields([['spec']], specDiff));
  return errors;
}

function withoutDelivery(spec: unknown): unknown {
  const { delivery: _, ...rest } = fieldsOf(spec);
  return rest;
}
