export { cloneJson, isObject, jsonEqual } from './json.ts';
export * from './keys.ts';
export * from './local/index.ts';
export * from './selector.ts';
export * from './store.ts';
export * from './store-error.ts';
