import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/reporter.ts';

// Tests run from source: workspace packages resolve through the export condition `source`.
const conditions = ['source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Children that tests start resolve workspace packages the same way.
    execArgv: ['--conditions=source'],
    reporters: ['default', new ClosingLine()],
  },
});
