/**
 * What is durable of a cursor on Kafka: its group's committed offset is the first unsettled one, and the text of that commit
 * says what is settled beyond it.
 *
 * T1. A text that would not fit says less: it ends before the first pending offset that has no room. What was settled behind
 *     it comes again after a crash; nothing is skipped. Such a cursor is stored as detached, since the shared reader's
 *     position no longer says anything of it.
 * T2. A commit without our text was made by somebody else (a consumer of another system): everything below it is settled.
 *
 * The form: `m1` and base64url of numbers of seven bits a byte: flags, `seenUpTo` from the committed offset, and the pending
 * offsets as gaps. A gap is doubled; an odd one stands before a run of neighbours and is followed by how many more than two.
 */
import type { CursorState, Offset } from '../log.ts';

const mark = 'm1';
const detachedFlag = 1;
/** More than the dispatch engine ever has open of one cursor: a text that says so is not ours. */
const pendingMax = 65_536;

export interface CursorCommitText {
  readonly offset: Offset;
  readonly metadata: string;
}

export function encodeCursor(state: CursorState, maxBytes: number): CursorCommitText {
  const { seenUpTo, pending } = state;
  const offset = Math.min(pending[0] ?? seenUpTo, seenUpTo);
  // Three bytes become four characters; what stands before the pending offsets takes up to 17.
  const room = Math.floor(((maxBytes - mark.length) * 3) / 4) - 20;
  const { bytes, kept } = encodePending(pending, offset, room);
  const cut = pending[kept];
  const head: number[] = [];
  pushNumber(head, state.detached || cut !== undefined ? detachedFlag : 0); // T1
  pushNumber(head, (cut ?? seenUpTo) - offset);
  return { offset, metadata: mark + Buffer.from([...head, ...bytes]).toString('base64url') };
}

function encodePending(pending: readonly Offset[], from: Offset, room: number) {
  const bytes: number[] = [];
  let last = from - 1;
  let at = 0;
  while (at < pending.length) {
    const first = pending[at] as Offset;
    let run = 1;
    while (pending[at + run] === first + run) run += 1;
    const before = bytes.length;
    const gap = first - last - 1;
    if (run === 1) pushNumber(bytes, 2 * gap);
    else {
      pushNumber(bytes, 2 * gap + 1);
      pushNumber(bytes, run - 2);
    }
    if (bytes.length > room) {
      bytes.length = before;
      break;
    }
    at += run;
    last = first + run - 1;
  }
  return { bytes, kept: at };
}

export function decodeCursor(name: string, partition: number, offset: Offset, metadata: string): CursorState {
  const foreign: CursorState = { name, partition, seenUpTo: offset, pending: [], detached: true };
  if (!metadata.startsWith(mark)) return foreign; // T2
  const numbers = numbersOf(Buffer.from(metadata.slice(mark.length), 'base64url'));
  const [flags, seen, ...gaps] = numbers ?? [];
  if (flags === undefined || seen === undefined) return foreign;
  const pending: Offset[] = [];
  let last = offset - 1;
  for (let at = 0; at < gaps.length; at += 1) {
    const coded = gaps[at] as number;
    last += Math.floor(coded / 2) + 1;
    pending.push(last);
    if (coded % 2 === 0) continue;
    at += 1;
    if ((gaps[at] ?? 0) > pendingMax) return foreign;
    for (let more = (gaps[at] ?? 0) + 1; more > 0; more -= 1) pending.push(++last);
  }
  return { name, partition, seenUpTo: offset + seen, pending, detached: (flags & detachedFlag) !== 0 };
}

function pushNumber(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** Undefined when the bytes end within a number. */
function numbersOf(bytes: Uint8Array): number[] | undefined {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  return scale === 1 ? numbers : undefined;
}
