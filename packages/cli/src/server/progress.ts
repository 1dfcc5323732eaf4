/** Progress of triggers, from the data plane's views to what their status shows. */
import type { CursorView } from '@millrace/channel';
import type { DeliveryProgress } from '@millrace/controller';
import type { DataPlane } from './data-plane.ts';

export function progressOf(dataPlane: DataPlane): DeliveryProgress {
  return {
    read() {
      const views = new Map<string, CursorView>();
      for (const view of dataPlane.dispatcher.views()) views.set(view.subscription, view);
      return views;
    },
  };
}
