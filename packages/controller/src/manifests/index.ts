export type { AppliedChange } from './apply.ts';
export { describeChanges, diffResources, type FieldChange } from './diff.ts';
export * from './file-watch.ts';
export { type LoadOptions, loadManifests, manifestBytesMax, validateManifests } from './load.ts';
export * from './manifest.ts';
export * from './reader.ts';
export * from './sync.ts';
