/** Progress of triggers, from the data plane's views to what their status shows. */
import type { DeliveryProgress } from '@millrace/controller';
import type { DataPlane } from './data-plane.ts';

export function progressOf(dataPlane: DataPlane): DeliveryProgress {
  return { read: () => dataPlane.dispatcher.viewsByUid() };
}
