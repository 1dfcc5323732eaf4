/** Manifests as tests need them: short, and written as an editor writes, whole files in one step. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const broker = (name = 'default', namespace = 'default') => `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: ${name}, namespace: ${namespace} }
`;

export interface TriggerParts {
  readonly broker?: string;
  readonly namespace?: string;
  readonly labels?: string;
  /** Flow-style YAML. */
  readonly annotations?: string;
  readonly filters?: string;
  readonly delivery?: string;
  readonly subscriber?: string;
}

export function trigger(name: string, parts: TriggerParts = {}): string {
  const {
    namespace = 'default',
    labels = '{}',
    annotations = '{}',
    subscriber = '{ uri: "http://127.0.0.1:9/" }',
  } = parts;
  const optional = (field: 'filters' | 'delivery') =>
    parts[field] === undefined ? '' : `  ${field}: ${parts[field]}\n`;
  return `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: ${name}, namespace: ${namespace}, labels: ${labels}, annotations: ${annotations} }
spec:
  broker: ${parts.broker ?? 'default'}
  subscriber: ${subscriber}
${optional('filters')}${optional('delivery')}`;
}

export const uri = (address: string) => `{ uri: "${address}" }`;

export const documents = (...parts: readonly string[]) => parts.join('---\n');

/** A folder of manifests. */
export class Manifests {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Replaces a file in one step, as editors do. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    const next = join(dirname(this.folder), `.next-${name}`);
    writeFileSync(next, text);
    renameSync(next, path);
    return path;
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }
}
