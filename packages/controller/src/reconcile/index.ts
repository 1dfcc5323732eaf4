export * from './controller.ts';
export {
  type DeliveryProgress,
  type DeliveryProgressView,
  type DeliveryStatus,
  isProgressOnly,
  progressIntervalMs,
} from './delivery-progress.ts';
export { type Resolution, type ResolveContext, type ResolvedDestination, resolveDestination } from './destination.ts';
export type { ReconcileContext, ReconcileOptions, Reconciler } from './reconciler.ts';
