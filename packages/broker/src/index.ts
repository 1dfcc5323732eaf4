export * from './ingress/index.ts';
export * from './matching/index.ts';
export * from './reply/index.ts';
