export * from './api-server.ts';
export * from './client/index.ts';
export * from './server/index.ts';
