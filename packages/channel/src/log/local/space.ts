/**
 * Room on the disk and in the store. Appends are refused before the disk is quite full: LMDB writes changed pages anew,
 * so that trimming, cursors and removals need room as well, and a commit that hits the end of the disk fails as a whole.
 */
import { statfsSync } from 'node:fs';
import type { LocalLimits } from './limits.ts';

/** Free space is asked for again after a quarter of it, and at least this often: others write to the disk too. */
const bytesBetweenLooksMax = 16 * 1024 ** 2;

export class Space {
  readonly #directory: string;
  readonly #limits: LocalLimits;
  #untilLook = 0;
  /** Bytes of all logs and dead letters. */
  used = 0;

  constructor(directory: string, limits: LocalLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  /** Why `bytes` more cannot be taken, or undefined. */
  refusal(bytes: number): string | undefined {
    const { storeBytes, freeSpaceReserveBytes } = this.#limits;
    if (this.used + bytes > storeBytes) {
      return `the data directory holds its limit of ${storeBytes} bytes: remove logs or dead letters, or raise the limit`;
    }
    this.#untilLook -= bytes;
    if (this.#untilLook >= 0) return undefined;
    const free = freeBytes(this.#directory);
    if (free === undefined) return undefined;
    if (free < freeSpaceReserveBytes + bytes) {
      return `no space left for ${this.#directory}: ${free} bytes are free, of which ${freeSpaceReserveBytes} are kept for trimming`;
    }
    this.#untilLook = Math.min((free - freeSpaceReserveBytes - bytes) / 4, bytesBetweenLooksMax);
    return undefined;
  }
}

/** Undefined where the file system does not say: then the write itself shows. */
export function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
