/** The control plane: the resource store, its API, manifests, the work queue and the reconcilers. */
export * from './api/index.ts';
export * from './manifests/index.ts';
export * from './queue/index.ts';
export * from './reconcile/index.ts';
export * from './sources-table.ts';
export * from './store/index.ts';
