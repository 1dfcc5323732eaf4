/** Packs the published packages as `pnpm publish` would, and looks into what comes out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, sourceFiles, trackedFiles } from '../support/tree.ts';

/** A build and a pack of one package take seconds; a loaded machine gets more. */
const commandMsMax = 180_000;
const outputBytesMax = 64 * 1_048_576;

export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
}

export interface Packed {
  readonly folder: string;
  readonly name: string;
  readonly tarball: string;
  /** Paths inside the package. */
  readonly files: readonly string[];
  text(path: string): string;
}

/** Folders of packages that are published. */
export function publishedFolders(): readonly string[] {
  const folders = trackedFiles().flatMap((path) => /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
  return folders.filter((folder) => !manifestOf(folder).private);
}

export function manifestOf(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** Runs pnpm: the one that runs these tests, else the one npx has. */
export function pnpm(args: readonly string[], cwd: string): string {
  const own = process.env['npm_execpath'];
  const [command, first] = own && /pnpm[^/]*$/.test(own) ? [own, []] : ['npx', ['-y', 'pnpm@12']];
  const isScript = /\.[cm]?js$/.test(command);
  const { status, error, stdout, stderr } = spawnSync(
    isScript ? process.execPath : command,
    [...(isScript ? [command] : []), ...first, ...args],
    { cwd, encoding: 'utf8', timeout: commandMsMax, maxBuffer: outputBytesMax, env: plainEnv() },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`pnpm ${args.join(' ')} ended with ${status} in ${cwd}:\n${stdout}\n${stderr}`);
  return stdout;
}

export function pack(folder: string, destination: string): Packed {
  const output = pnpm(['pack', '--json', '--pack-destination', destination], join(root, folder));
  const { filename } = JSON.parse(output.slice(output.indexOf('{'))) as { filename: string };
  const tar = (...args: readonly string[]) =>
    execFileSync('tar', [...args], { encoding: 'utf8', maxBuffer: outputBytesMax });
  return {
    folder,
    name: manifestOf(folder).name,
    tarball: filename,
    files: tar('-tzf', filename)
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''))
      .sort(),
    text: (path) => tar('-xzOf', filename, `package/${path}`),
  };
}

/** What a package has to hold: a module and its types for each source, its command, and what tells people about it. */
export function expectedFiles(folder: string): readonly string[] {
  const sources = sourceFiles().filter((path) => path.startsWith(`${folder}/src/`));
  return [
    ...['LICENSE', 'README.md', 'package.json'],
    ...trackedFiles().flatMap((path) => (path.startsWith(`${folder}/bin/`) ? path.slice(folder.length + 1) : [])),
    ...sources.flatMap((path) => {
      const stem = path.slice(`${folder}/src/`.length).replace(/\.ts$/, '');
      return [`dist/${stem}.d.ts`, `dist/${stem}.js`];
    }),
  ].sort();
}

/** What the package manager that started the tests says about itself and about this repository. */
const managers = /^(npm|pnpm)_(?!config_(registry|cache|userconfig|cafile|https?_proxy|noproxy)$)/i;
const runners = /^(VITEST.*|NODE_(OPTIONS|ENV|PATH)|FORCE_COLOR|INIT_CWD)$/;

/** The environment of a person: nothing of the test runner or of the package manager that started it. */
export function plainEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!managers.test(name) && !runners.test(name)) env[name] = value;
  }
  return { ...env, NO_COLOR: '1' };
}
