/** Rules of the Broker. Source: reference section 1.2. */
import { brokerAnnotations, brokerClassAnnotation, validateAnnotations } from '../annotations.ts';
import { type FieldError, fieldError, immutableFields, missingField, withPaths } from '../field-error.ts';
import type { KindContext } from '../kind.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateReference } from '../shared/destination.ts';
import { fieldsOf, shortDiff } from '../shared/objects.ts';
import { refusesForeignConfig } from './config.ts';
import type { Broker } from './types.ts';

const classPath = ['metadata', 'annotations', brokerClassAnnotation];

export function validateBroker(broker: Broker, context: KindContext): FieldError[] {
  const { metadata, spec = {} } = broker;
  const errors = validateAnnotations(metadata.annotations, brokerAnnotations);
  if ((metadata.annotations?.[brokerClassAnnotation] ?? '') === '') {
    errors.push(withPaths(missingField(classPath), [brokerClassAnnotation]));
  }
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
  const classOf = (broker: Broker): string | undefined => broker.metadata.annotations?.[brokerClassAnnotation];
  const classDiff = shortDiff(classOf(before), classOf(after), brokerClassAnnotation);
  if (classDiff !== '') {
    const error = fieldError('Immutable annotations changed (-old +new)', [classPath], classDiff);
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
