/**
 * Rules of the Parallel. Source: reference section 1.6.
 *
 * Difference: the delivery of a branch is checked here. The reference leaves it to the Subscription that is made of it, and
 * the author of the Parallel never sees why that is refused.
 */
import { type FieldError, missingField } from '../field-error.ts';
import { validateChannelTemplate } from '../shared/channel-template.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateDestination } from '../shared/destination.ts';
import { isFields } from '../shared/objects.ts';
import type { Parallel, ParallelBranch } from './types.ts';

export function validateParallel({ spec }: Parallel): FieldError[] {
  if (!isFields(spec)) return [missingField(['spec'])];
  const branches = spec.branches ?? [];
  return [
    ...(branches.length === 0 ? [missingField(['spec', 'branches'])] : []),
    ...branches.flatMap(validateBranch),
    ...validateChannelTemplate(spec.channelTemplate, ['spec', 'channelTemplate']),
    ...(spec.reply === undefined ? [] : validateDestination(spec.reply, ['spec', 'reply'])),
  ];
}

function validateBranch({ filter, subscriber, reply, delivery }: ParallelBranch, index: number): FieldError[] {
  const at = ['spec', 'branches', index];
  return [
    ...(filter === undefined ? [] : validateDestination(filter, [...at, 'filter'])),
    ...validateDestination(subscriber, [...at, 'subscriber']),
    ...(reply === undefined ? [] : validateDestination(reply, [...at, 'reply'])),
    ...validateDelivery(delivery, [...at, 'delivery']),
  ];
}
