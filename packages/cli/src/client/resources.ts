/** kubectl's grammar for naming objects: `triggers`, `trigger/ship`, `brokers,triggers`, `all`. */
import { type KindDefinition, kinds } from '@millrace/api';
import { usageError } from '../exit.ts';
import { nearest } from '../terminal/nearest.ts';

export interface Target {
  readonly kind: KindDefinition;
  readonly namespace: string;
  readonly name: string;
}

/** Groups of kinds by one word: what `get all` shows, in this order. */
const allKinds = ['Broker', 'Trigger', 'PingSource', 'CronJobSource', 'GitHubSource', 'EventType', 'Service'];

/** The kind a word names: plural, singular, short name, or `plural.group`; kubectl ignores case. */
export function findKindByWord(word: string): KindDefinition {
  const [lower = '', ...group] = word.toLowerCase().split('.');
  const found = kinds.find(
    (kind) =>
      (kind.plural === lower ||
        kind.singular === lower ||
        kind.shortNames.includes(lower) ||
        kind.kind.toLowerCase() === lower) &&
      (group.length === 0 || kind.group === group.join('.')),
  );
  if (found) return found;
  const words = kinds.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames]);
  const near = nearest(lower, words);
  throw usageError(
    `there is no kind "${word}"`,
    near ? `Did you mean "${near}"?` : `Known: ${kinds.map(({ plural }) => plural).join(', ')}`,
  );
}

/** Kinds of a comma-separated list; `all` stands for what a person wants to see first. */
export function kindsOfWords(words: string): readonly KindDefinition[] {
  return words.split(',').flatMap((word) => {
    if (word !== 'all') return [findKindByWord(word)];
    return allKinds.flatMap((name) => kinds.filter(({ kind }) => kind === name));
  });
}

/** `kind/name`, or a name alone where the command implies the kind. */
export function parseTarget(text: string, namespace: string, impliedKind?: string): Target {
  const slash = text.indexOf('/');
  if (slash < 0) {
    if (impliedKind === undefined) throw usageError(`"${text}" names no kind`, `Write kind/name, e.g. broker/${text}`);
    return { kind: findKindByWord(impliedKind), namespace, name: text };
  }
  const name = text.slice(slash + 1);
  if (name === '' || name.includes('/')) throw usageError(`"${text}" is not kind/name`, 'Example: trigger/ship');
  return { kind: findKindByWord(text.slice(0, slash)), namespace, name };
}

export function apiVersionOf(kind: KindDefinition): string {
  return kind.group === '' ? kind.storageVersion : `${kind.group}/${kind.storageVersion}`;
}

/** Path of the objects of a kind: in one namespace, or in all when none is given. */
export function collectionPath(kind: KindDefinition, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.storageVersion}` : `/apis/${kind.group}/${kind.storageVersion}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}`;
}

export function pathOf(target: Target): string {
  return `${collectionPath(target.kind, target.namespace)}/${encodeURIComponent(target.name)}`;
}
