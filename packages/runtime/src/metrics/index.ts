export { Distribution } from './distribution.ts';
export * from './exposition.ts';
export { MetricsRegistry } from './registry.ts';
