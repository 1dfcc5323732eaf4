/** Test tools of Millrace: private, never published. */
export * from './proxy.ts';
export * from './seeded-random.ts';
export * from './virtual-clock.ts';
export * from './wait-for.ts';
