/**
 * Which part of a hop a stack belongs to: by the file of the innermost function that says so.
 *
 * P1. A native function, and a helper of Node that serves everybody (buffers, events), belongs to whoever called it.
 * P2. Writes to sockets stand apart: they are the kernel's work, and the 202 is told from the post.
 */
import type { CpuProfile, ProfileNode } from './inspector.ts';

export const idle = 'idle';

interface Rule {
  readonly part: string;
  readonly file: RegExp;
}

/** Folders as `package/folder`: the sources and what was built from them. */
const ours = (...folders: readonly string[]) =>
  new RegExp(`/packages/(?:${folders.map((folder) => folder.replace('/', '/(?:src|dist)/')).join('|')})/`);

/** The first that fits. */
const rules: readonly Rule[] = [
  { part: 'HTTP client (undici)', file: /[/@]undici[/@]|node:internal\/deps\/undici/ },
  { part: 'LMDB', file: /\/node_modules\/(lmdb|msgpackr|ordered-binary|weak-lru-cache)\// },
  { part: 'decode and encode events', file: ours('api/event') },
  { part: 'matching', file: ours('api/filter', 'api/cesql', 'broker/matching') },
  { part: 'ingress', file: ours('broker/ingress') },
  { part: 'HTTP server, our part', file: ours('runtime/http/server') },
  { part: 'delivery, our part', file: ours('runtime/http/client', 'channel/delivery') },
  { part: 'log', file: ours('channel/log') },
  { part: 'settling and commits', file: /\/dispatch\/committer\./ },
  { part: 'dispatch', file: ours('channel/dispatch') },
  { part: 'metrics', file: /\/packages\/(runtime\/(src|dist)\/metrics|cli\/(src|dist)\/server\/dispatch-metrics)/ },
  { part: 'everything else of millrace', file: /\/packages\/[a-z]+\/(src|dist)\// },
  { part: 'the bare hop itself', file: /\/bench\/baseline\// },
  { part: 'HTTP server (node:http)', file: /^node:(_http|http|internal\/http)/ },
  {
    part: 'sockets and streams',
    file: /^node:(net|stream|internal\/streams?|internal\/stream_base_commons|internal\/net)/,
  },
  { part: 'timers', file: /^node:(timers|internal\/timers)/ },
  { part: 'promises and ticks', file: /^node:internal\/(process\/task_queues|process\/promises|async_hooks)/ },
];

const special: ReadonlyMap<string, string> = new Map([
  ['(idle)', idle],
  ['(program)', 'native: event loop, socket reads, HTTP parser'],
  ['(garbage collector)', 'garbage collection'],
  ['(root)', 'native: event loop, socket reads, HTTP parser'],
]);

const socketWrite = /^(writev|writeBuffer|writeUtf8String|writeAsciiString|writeLatin1String|writeUcs2String)$/;

/** Microseconds of each node's own, by its id. */
export function selfTimes({ samples, timeDeltas }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  // A sample stands for the time until the next one.
  for (const [index, id] of samples.entries())
    times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0));
  return times;
}

/** Microseconds of each part. */
export function timesByPart(profile: CpuProfile): ReadonlyMap<string, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const stackOf = (id: number): readonly ProfileNode[] => {
    const stack: ProfileNode[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = nodes.get(at);
      if (node) stack.push(node);
    }
    return stack;
  };
  const times = new Map<string, number>();
  for (const [id, time] of selfTimes(profile)) {
    const part = partOf(stackOf(id));
    times.set(part, (times.get(part) ?? 0) + time);
  }
  return times;
}

/** The stack from the innermost function outwards. */
export function partOf(stack: readonly ProfileNode[]): string {
  const [innermost] = stack;
  if (!innermost) return 'everything else';
  const { functionName, url } = innermost.callFrame;
  const named = special.get(functionName);
  if (named !== undefined) return named;
  if (url === '' && socketWrite.test(functionName)) {
    const posting = stack.some((node) => rules[0]?.file.test(node.callFrame.url)); // P2
    return posting ? 'socket writes: the post' : 'socket writes: the 202';
  }
  for (const { callFrame } of stack) {
    const rule = callFrame.url === '' ? undefined : rules.find(({ file }) => file.test(callFrame.url));
    if (rule) return rule.part;
  }
  return 'everything else';
}
