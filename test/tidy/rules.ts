/** Rules about the code base as pure functions from a file to what is wrong with it, so that each can be shown to fail. */

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Longest file: more than that holds more than one idea. */
const fileLinesMax = 400;

/** Packages that a package may import: design section 2. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  runtime: ['api'],
  channel: ['api', 'runtime'],
  broker: ['api', 'runtime', 'channel'],
  sources: ['api', 'runtime'],
  controller: ['api', 'runtime'],
  cli: ['api', 'runtime', 'channel', 'broker', 'sources', 'controller'],
  testkit: ['api', 'runtime'],
};

/** Node modules that are effects: `api` is pure and may not have them. */
const effects = [
  'fs',
  'net',
  'http',
  'https',
  'child_process',
  'dns',
  'tls',
  'worker_threads',
  'os',
  'process',
  'timers',
];

export function importProblems(file: SourceFile, imports: readonly string[]): readonly string[] {
  const from = /^packages\/([^/]+)\/src\//.exec(file.path)?.[1];
  if (from === undefined) return [];
  const problems: string[] = [];
  for (const one of imports) {
    const to = /^@millrace\/([^/]+)/.exec(one)?.[1];
    if (to !== undefined && !mayImport[from]?.includes(to))
      problems.push(`${file.path}: packages/${from} may not import @millrace/${to}`);
    if (/^(\.\.\/)+packages\//.test(one) || /^(\.\.\/)+[a-z]+\/src\//.test(one))
      problems.push(`${file.path}: import ${one} by package name`);
    const effect = one.startsWith('node:') ? one.slice('node:'.length).split('/')[0] : undefined;
    if (from === 'api' && effect !== undefined && effects.includes(effect))
      problems.push(`${file.path}: packages/api is pure and may not import ${one}`);
  }
  return problems;
}

/** Idioms with what to write instead. */
const banned: readonly { readonly pattern: RegExp; readonly instead: string; readonly allowedIn: RegExp }[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    instead: 'the Clock port',
    allowedIn: /^packages\/runtime\/src\/system\//,
  },
  {
    pattern: /\bperformance\.now\(/,
    instead: 'the Clock port',
    allowedIn: /^packages\/(runtime\/src\/system|testkit)\//,
  },
  {
    pattern: /\b(setTimeout|setInterval)\(/,
    instead: 'the Clock port',
    allowedIn: /^packages\/(runtime\/src\/system|testkit)\//,
  },
  {
    pattern: /\bMath\.random\(|\brandomUUID\(/,
    instead: 'the Random port',
    allowedIn: /^packages\/runtime\/src\/system\//,
  },
  { pattern: /\bconsole\.(log|error|warn|info|debug)\(/, instead: 'the Logger port', allowedIn: /^$/ },
  { pattern: /\b(TODO|FIXME|XXX)\b/, instead: 'the work itself, or an issue', allowedIn: /^$/ },
];

export function idiomProblems(file: SourceFile): readonly string[] {
  const problems: string[] = [];
  for (const [index, line] of file.text.split('\n').entries()) {
    const code = line.replace(/^\s*(\*|\/\/|\/\*).*$/, '');
    for (const { pattern, instead, allowedIn } of banned) {
      if (pattern.test(code) && !allowedIn.test(file.path))
        problems.push(`${file.path}:${index + 1}: use ${instead} instead of ${pattern.exec(code)?.[0]}`);
    }
  }
  return problems;
}

export function sizeProblems(file: SourceFile): readonly string[] {
  const lines = file.text.split('\n').length - 1;
  return lines > fileLinesMax ? [`${file.path}: ${lines} lines, ${fileLinesMax} at most`] : [];
}

/** A source file begins by saying what it is for. */
export function headerProblems(file: SourceFile): readonly string[] {
  if (file.path.endsWith('/index.ts')) return [];
  const start = file.text.replace(/^#!.*\n/, '');
  return start.startsWith('/**') ? [] : [`${file.path}: begins without a comment that says what the file is for`];
}

/** Tests that cannot fail, or that are not run. */
export function testProblems(file: SourceFile): readonly string[] {
  const focused = /\b(it|test|describe)\.(only|skip|todo)\b/.exec(file.text);
  return focused ? [`${file.path}: ${focused[0]} hides tests`] : [];
}

/** Nothing names the machine it was made on, or the host a package came from. */
export function placeProblems(file: SourceFile): readonly string[] {
  const place = new RegExp(
    `/${'(work|root|home)'}/[a-z.]|${['registry', 'npmjs'].join('\\.')}|(tarball|resolved): *.?https?:`,
  ).exec(file.text);
  return place ? [`${file.path}: names a place of one machine or a registry: ${place[0]}`] : [];
}
