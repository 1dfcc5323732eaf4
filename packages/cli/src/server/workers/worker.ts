/**
 * The entry of a worker thread. Like the command's own entry it turns the compile cache on before anything else is loaded.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

enableCompileCache();
const { serve } = await import('./serve.ts');
if (parentPort === null) throw new Error('this is run as a worker thread of millrace, and not by itself');
serve(parentPort, workerData);
