/**
 * Builds the package it is started in, before that package is packed: `dist` holds then what `src` has, and nothing that
 * was left from a source that is gone.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const compiler = join(import.meta.dirname, '..', 'node_modules', 'typescript', 'bin', 'tsc');

rmSync('dist', { recursive: true, force: true });
const { status, error } = spawnSync(process.execPath, [compiler, '-b'], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
