/** Tells that something changed when a test says so. */
import type { PathWatch, PathWatcher } from '../../src/manifests/file-watch.ts';

export class HandWatcher implements PathWatcher {
  /** Something may have changed. */
  change: () => void = () => {};

  watch(_path: string, onChange: () => void): PathWatch {
    this.change = onChange;
    return { close: () => {} };
  }
}
