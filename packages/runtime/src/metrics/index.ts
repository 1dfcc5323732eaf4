export * from './exposition.ts';
export { MetricsRegistry } from './registry.ts';
