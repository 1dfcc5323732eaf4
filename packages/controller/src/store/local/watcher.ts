/**
 * A watch over a local store's history.
 *
 * Each object's events follow the selection: one that comes to match is ADDED, one that ceases to match is DELETED.
 */
import type { Resource } from '@millrace/api';
import { matchesLabels } from '../selector.ts';
import type { Selection, Watch, WatchEvent } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { ChangeHistory, KeptChange } from './history.ts';

/** Changes of other objects after which a watch that asked for bookmarks gets one. */
const bookmarkAfterChanges = 100;

export interface WatcherOptions {
  readonly history: ChangeHistory;
  readonly selection: Selection;
  readonly kindKey: string;
  /** Changes after this version are given. */
  readonly version: number;
  /** Given first, as ADDED. */
  readonly present: readonly Resource[];
  readonly bookmarks: boolean;
  /** An object in the version that was asked for. */
  readonly serve: (resource: Resource) => Resource;
}

export function isSelected(selection: Selection, resource: Pick<Resource, 'metadata'>): boolean {
  if (selection.namespace !== undefined && resource.metadata.namespace !== selection.namespace) return false;
  if (selection.name !== undefined && resource.metadata.name !== selection.name) return false;
  return selection.labels === undefined || matchesLabels(resource, selection.labels);
}

export function startWatch(options: WatcherOptions): Watch {
  let stopped = false;
  let cancelWait: (() => void) | undefined;
  const position = options.history.positionAfter(options.version);

  async function* events(): AsyncGenerator<WatchEvent, void, undefined> {
    for (const object of options.present) {
      if (stopped) return;
      yield { kind: 'ADDED', object: options.serve(object) };
    }
    if (position === undefined) throw tooOld(String(options.version));
    let at = position;
    let passed = 0;
    while (!stopped) {
      const change = options.history.at(at);
      if (change === 'gone') throw tooOld(String(options.version));
      if (change === undefined) {
        const next = options.history.next();
        cancelWait = next.cancel;
        await next.promise;
        continue;
      }
      at += 1;
      const event = eventOf(change, options);
      passed = event === undefined ? passed + 1 : 0;
      if (event !== undefined) yield event;
      else if (options.bookmarks && passed >= bookmarkAfterChanges) {
        passed = 0;
        yield { kind: 'BOOKMARK', resourceVersion: String(change.version) };
      }
    }
  }

  const iterator = events();
  return {
    [Symbol.asyncIterator]: () => iterator,
    stop: () => {
      stopped = true;
      cancelWait?.();
    },
  };
}

function eventOf(change: KeptChange, options: WatcherOptions): WatchEvent | undefined {
  if (change.kindKey !== options.kindKey) return undefined;
  const was = change.before !== undefined && isSelected(options.selection, change.before);
  const is = !change.removed && isSelected(options.selection, change.after);
  if (is) return { kind: was ? 'MODIFIED' : 'ADDED', object: options.serve(change.after) };
  return was ? { kind: 'DELETED', object: options.serve(change.after) } : undefined;
}

function tooOld(version: string): StoreError {
  return new StoreError('gone', `too old resource version: ${version}: list again`);
}
