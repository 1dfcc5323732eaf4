/** Ambient effects behind ports, and the libraries that serve them. */

/** The API server's own types, for those who register routes on it. */
export type { FastifyInstance, FastifyReply } from 'fastify';
export * from './http/index.ts';
export * from './kafka/index.ts';
export * from './lifecycle/index.ts';
export * from './logging/index.ts';
export * from './metrics/index.ts';
export * from './nats/index.ts';
export * from './ports/index.ts';
export * from './system/index.ts';
