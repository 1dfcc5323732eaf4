/** Ambient effects behind ports, and the libraries that serve them. */
export * from './ports/index.ts';
export * from './system/index.ts';
