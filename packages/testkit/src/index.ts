/** Test tools of Millrace: private, never published. */
export * from './seeded-random.ts';
export * from './virtual-clock.ts';
export * from './wait-for.ts';
