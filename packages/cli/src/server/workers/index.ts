export { workersMax } from './limits.ts';
export { WorkerPool, type WorkerPoolOptions } from './pool.ts';
