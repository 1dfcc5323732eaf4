/**
 * How much of the data file is mapped and resident. What is touched is counted, but the kernel maps the neighbours of a page
 * along with it, sixteen by default: so now and then it is asked, where it says.
 */
import { readFileSync } from 'node:fs';

/** Resident pages of the data file that are worth mapping it anew: two or three milliseconds, in which nothing is read. */
const residentBytesMax = 16 * 1024 ** 2;
/** Where the kernel does not say, this much that was touched counts as that much. */
const touchedBytesMax = residentBytesMax / 2;
/** The kernel is asked after this much was touched: it takes some 30 µs. */
const lookBytes = 1024 ** 2;
/** Every key that is looked up or written touches a page of the index, wherever that lies. */
const pageBytes = 4096;

export class Mapped {
  #touched = 0;
  #sinceLook = 0;
  /** Resident pages of all files when it was mapped: those of the program itself. */
  #before: number | undefined;

  /** The data file was mapped just now. */
  renewed(): void {
    this.#touched = 0;
    this.#sinceLook = 0;
    this.#before = residentFileBytes();
  }

  touch(bytes: number, keys = 1): void {
    this.#sinceLook += bytes + pageBytes * keys;
  }

  isLarge(): boolean {
    if (this.#sinceLook < lookBytes) return false;
    this.#touched += this.#sinceLook;
    this.#sinceLook = 0;
    const now = this.#before === undefined ? undefined : residentFileBytes();
    if (now === undefined || this.#before === undefined) return this.#touched >= touchedBytesMax;
    return now - this.#before >= residentBytesMax;
  }
}

/** Undefined on systems other than Linux. */
function residentFileBytes(): number | undefined {
  try {
    const kib = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
