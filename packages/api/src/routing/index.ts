export * from './build.ts';
export * from './equal.ts';
export * from './source-route.ts';
export * from './table.ts';
