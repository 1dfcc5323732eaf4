export * from './clock.ts';
export * from './memory.ts';
export * from './random.ts';
export * from './tick-shape.ts';
