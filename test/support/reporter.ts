/** Closes a run with `N passed, N failed, N skipped` alone on its line, and says what was skipped and why. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = 0;
    const skipped: TestCase[] = [];
    for (const module of modules) {
      // A file that cannot be loaded has no tests to count: it is itself a failure.
      if (module.errors().length > 0) failed++;
      // Nor are tests counted that a failed hook of their file or group has kept from running.
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped.push(test);
      }
    }
    for (const test of skipped) {
      const result = test.result();
      const note = 'note' in result && result.note ? result.note : 'no reason given';
      process.stdout.write(`skipped: ${test.fullName}: ${note}\n`);
    }
    process.stdout.write(`\n${passed} passed, ${failed + errors.length} failed, ${skipped.length} skipped\n`);
  }
}
