/**
 * A flame graph as one HTML file that needs nothing else: width is CPU time, what is above was called by what is below.
 * Click to look closer, hover to read, type to find.
 */
import type { CpuProfile, ThreadProfile } from './inspector.ts';
import { idle, partOf, selfTimes } from './parts.ts';

interface Frame {
  readonly name: string;
  readonly file: string;
  readonly part: string;
  /** Microseconds with all that it called. */
  total: number;
  readonly children: Map<string, Frame>;
}

/** [name, file, number of the part, microseconds with all it called, what it called]: short, since there are thousands. */
type Packed = readonly [string, string, number, number, readonly Packed[]];

/** What is narrower than this part of the whole cannot be seen. */
const SHARE_MIN = 0.0005;

export interface FlameGraph {
  readonly title: string;
  readonly threads: readonly ThreadProfile[];
  readonly events: number;
}

export function flameGraph({ title, threads, events }: FlameGraph): string {
  const parts: string[] = [];
  const graphs = threads.map(({ thread, profile }) => ({ thread, root: pack(treeOf(profile), parts) }));
  const data = JSON.stringify({ events, parts, graphs }).replaceAll('<', '\\u003c');
  const colours = parts.map((_, index) => `.p${index}{background:hsl(${(index * 47 + 15) % 360} 70% 74%)}`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>
body{font:13px system-ui,sans-serif;margin:16px;background:#fff;color:#222}
h2{margin:24px 0 4px;font-size:15px}
.graph{position:relative;overflow:hidden}
.graph div{position:absolute;height:17px;overflow:hidden;white-space:nowrap;font-size:11px;line-height:17px;padding-left:2px;box-sizing:border-box;border-right:1px solid #fff;border-bottom:1px solid #fff;cursor:pointer}
.graph div.found{background:#d0f !important;color:#fff}
#legend span{display:inline-block;padding:1px 6px;margin:2px}
#about{position:sticky;top:0;background:#fff;min-height:1.4em;padding:4px 0;z-index:1}
${colours}
</style></head><body>
<h1>${escapeHtml(title)}</h1>
<p>Width is CPU time. Click a box to look closer, the lowest one to go back. <input id="find" placeholder="find a function or file" size="30"></p>
<p id="legend"></p><p id="about"></p><main></main>
<script>
const { events, parts, graphs } = ${data};
${script}
</script></body></html>
`;
}

function treeOf(profile: CpuProfile): Frame {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = selfTimes(profile);
  const root: Frame = { name: 'all', file: '', part: 'all', total: 0, children: new Map() };
  const [top] = profile.nodes;
  const walk = (id: number, into: Frame, stack: readonly (typeof profile.nodes)[number][]): number => {
    const node = nodes.get(id);
    if (!node) return 0;
    const part = partOf([node, ...stack]);
    if (part === idle) return 0;
    const { functionName, url, lineNumber } = node.callFrame;
    const key = `${functionName} ${url}:${lineNumber}`;
    let frame = into.children.get(key);
    if (!frame) {
      const file = url === '' ? '' : `${shortened(url)}:${lineNumber + 1}`;
      frame = { name: functionName || '(anonymous)', file, part, total: 0, children: new Map() };
      into.children.set(key, frame);
    }
    let total = times.get(id) ?? 0;
    for (const child of node.children ?? []) total += walk(child, frame, [node, ...stack]);
    frame.total += total;
    return total;
  };
  for (const child of top?.children ?? []) root.total += walk(child, root, []);
  return root;
}

/** Paths of one machine say nothing to another. */
function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(packages|bench)\//, '$1/');
}

function pack(root: Frame, parts: string[]): Packed {
  const packed = (frame: Frame): Packed => {
    if (!parts.includes(frame.part)) parts.push(frame.part);
    const children = [...frame.children.values()].filter(({ total }) => total > root.total * SHARE_MIN);
    children.sort((one, other) => other.total - one.total);
    return [frame.name, frame.file, parts.indexOf(frame.part), Math.round(frame.total), children.map(packed)];
  };
  return packed(root);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What the page does by itself. */
const script = `
const about = document.getElementById('about');
const find = document.getElementById('find');
for (const [index, part] of parts.entries()) {
  const span = document.createElement('span');
  span.className = 'p' + index;
  span.textContent = part;
  document.getElementById('legend').append(span);
}
for (const { thread, root } of graphs) {
  const head = document.createElement('h2');
  head.textContent = thread + ': ' + (root[3] / events).toFixed(1) + ' µs of CPU an event';
  const graph = document.createElement('div');
  graph.className = 'graph';
  document.querySelector('main').append(head, graph);
  const draw = (from, path) => {
    graph.textContent = '';
    let deepest = 0;
    const box = (node, left, width, depth, trail) => {
      if (width < 0.0008) return;
      deepest = Math.max(deepest, depth);
      const element = document.createElement('div');
      element.className = 'p' + node[2];
      element.style.left = left * 100 + '%';
      element.style.width = width * 100 + '%';
      element.style.top = depth * 17 + 'px';
      element.textContent = node[0];
      const text = find.value.trim().toLowerCase();
      if (text && (node[0] + ' ' + node[1]).toLowerCase().includes(text)) element.classList.add('found');
      element.onmouseenter = () => {
        about.textContent = node[0] + '  ' + node[1] + '  [' + parts[node[2]] + ']  ' + (node[3] / events).toFixed(2) + ' µs an event, ' + ((node[3] / root[3]) * 100).toFixed(1) + ' %';
      };
      element.onclick = () => (node === from && trail.length > 1 ? draw(root, [root]) : draw(node, trail));
      graph.append(element);
      let at = left;
      for (const child of node[4]) {
        const part = (child[3] / from[3]) * 1;
        box(child, at, part, depth + 1, [...trail, child]);
        at += part;
      }
    };
    for (const [depth, node] of path.slice(0, -1).entries()) box([node[0], node[1], node[2], node[3], []], 0, 1, depth, path.slice(0, depth + 1));
    for (const [depth, element] of [...graph.children].entries()) element.onclick = () => draw(path[depth], path.slice(0, depth + 1));
    box(from, 0, 1, path.length - 1, path);
    graph.style.height = (deepest + 1) * 17 + 'px';
  };
  draw(root, [root]);
  find.addEventListener('input', () => draw(root, [root]));
}
`;
