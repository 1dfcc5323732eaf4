/** kubectl's grammar for naming objects: `triggers`, `trigger/ship`, `brokers,triggers`, `all`. */
import {
  apiVersionOf as apiVersionText,
  findByName,
  type KindDefinition,
  kindNames,
  kinds,
  nearestName,
} from '@millrace/api';
import { usageError } from '../exit.ts';

export interface Target {
  readonly kind: KindDefinition;
  readonly namespace: string;
  readonly name: string;
}

/** Kinds by one word, in the order in which they are shown: the categories that Knative's kinds have in a cluster. */
const sourceKinds = ['PingSource', 'CronJobSource', 'GitHubSource', 'KafkaSource'];
const channelKinds = ['Channel', 'LogChannel', 'InMemoryChannel', 'KafkaChannel', 'NatsJetStreamChannel'];
const flowKinds = ['Sequence', 'Parallel'];
const eventingKinds = ['Broker', 'Trigger', ...flowKinds, ...channelKinds, 'Subscription', ...sourceKinds, 'KafkaSink'];
const categories: Readonly<Record<string, readonly string[]>> = {
  all: [...eventingKinds, 'EventType', 'Service'],
  knative: [...eventingKinds, 'EventType'],
  eventing: ['Broker', 'Trigger', 'EventType'],
  sources: sourceKinds,
  messaging: [...channelKinds, 'Subscription'],
  flows: flowKinds,
};

/** The kind a word names: plural, singular, short name, or `plural.group`; kubectl ignores case. */
export function findKindByWord(word: string): KindDefinition {
  const [found] = findByName(word);
  if (found) return found;
  const near = nearestName(word.toLowerCase(), [...kindNames(), ...Object.keys(categories)]);
  throw usageError(
    `there is no kind "${word}"`,
    near ? `Did you mean "${near}"?` : `Known: ${kinds.map(({ plural }) => plural).join(', ')}`,
  );
}

/** Kinds of a comma-separated list of names and categories; `all` stands for what a person wants to see first. */
export function kindsOfWords(words: string): readonly KindDefinition[] {
  return words.split(',').flatMap((word) => {
    const category = Object.hasOwn(categories, word) ? categories[word] : undefined;
    if (!category) return [findKindByWord(word)];
    return category.flatMap((name) => kinds.filter(({ kind }) => kind === name));
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

/** `group/version` in which objects of a kind are stored. */
export const apiVersionOf = (kind: KindDefinition) => apiVersionText(kind.group, kind.storageVersion);

/** Path of the objects of a kind: in one namespace, or in all when none is given. */
export function collectionPath(kind: KindDefinition, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.storageVersion}` : `/apis/${kind.group}/${kind.storageVersion}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}`;
}

export function pathOf(target: Target): string {
  return `${collectionPath(target.kind, target.namespace)}/${encodeURIComponent(target.name)}`;
}
