/**
 * Notices changes under paths: by the system's notifications, and by looking again where there are none.
 *
 * Editors write in many ways: in place, by renaming another file over it, by removing and making it anew. So a folder is
 * watched and not a file, and what is told is only that something may have changed.
 */
import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface PathWatch {
  close(): void;
}

/** Watching as a port. `onFailure`: notifications do not come (any more); the caller looks again on a schedule. */
export interface PathWatcher {
  watch(path: string, onChange: () => void, onFailure: (reason: string) => void): PathWatch;
}

/** `fs.watch`, recursive: notifications of the kernel where it has them. */
export const nodePathWatcher: PathWatcher = {
  watch(path, onChange, onFailure) {
    const controller = new AbortController();
    const { signal } = controller;
    const begin = async () => {
      const info = await stat(path).catch(() => undefined);
      if (signal.aborted) return;
      const isFolder = info?.isDirectory() === true;
      const folder = isFolder ? path : dirname(path);
      const watcher = watch(folder, { recursive: isFolder, persistent: false, signal }, () => onChange());
      watcher.on('error', (error) => onFailure(error.message));
      // What changed between the first look at the files and now went unnoticed.
      onChange();
      if (info === undefined) onFailure('not there yet');
    };
    begin().catch((error: unknown) => {
      if (!signal.aborted) onFailure(error instanceof Error ? error.message : String(error));
    });
    return { close: () => controller.abort() };
  },
};
