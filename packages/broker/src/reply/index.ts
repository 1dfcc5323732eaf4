export * from './store-reply.ts';
