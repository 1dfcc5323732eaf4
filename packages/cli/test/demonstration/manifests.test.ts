/** The manifests of `examples/github`, as an API server would judge them. */
import { readdirSync, readFileSync } from 'node:fs';
import { admit, compileFilter, defaultKindContext, type Resource, type TriggerFilter } from '@millrace/api';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const folder = new URL('../../../../examples/github/manifests/', import.meta.url);
const objects = readdirSync(folder).flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map((document) => document.toJS() as Resource),
);
const named = (resource: Resource) => `${resource.kind}/${resource.metadata.name}`;
const names = new Set(objects.map(named));

describe('the manifests of examples/github', () => {
  it.each(objects.map((object) => [named(object), object] as const))('%s is admitted', (_name, object) => {
    expect(admit(object, defaultKindContext)).toMatchObject({ kind: 'ok' });
  });

  it('hold a GitHubSource, a Broker, at least eight Triggers, a PingSource and a CronJobSource', () => {
    const count = (kind: string) => objects.filter((object) => object.kind === kind).length;
    const counts = ['GitHubSource', 'Broker', 'PingSource', 'CronJobSource'].map(count);
    expect(counts).toEqual([1, 1, 1, 1]);
    expect(count('Trigger')).toBeGreaterThanOrEqual(8);
    expect(names.size).toBe(objects.length);
  });

  it('refer only to objects that are among them', () => {
    const references: string[] = [];
    JSON.stringify(objects, (_key, value) => {
      if (typeof value?.apiVersion === 'string' && typeof value.name === 'string')
        references.push(`${value.kind}/${value.name}`);
      if (typeof value?.secretKeyRef?.name === 'string') references.push(`Secret/${value.secretKeyRef.name}`);
      if (typeof value?.broker === 'string') references.push(`Broker/${value.broker}`);
      return value;
    });
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !names.has(reference))).toEqual([]);
  });

  it('have filters that compile', () => {
    for (const object of objects.filter(({ kind }) => kind === 'Trigger')) {
      const spec = object.spec as { filters?: TriggerFilter['filters'] };
      expect(compileFilter(spec.filters ? { filters: spec.filters } : {}).kind, named(object)).toBe('ok');
    }
  });
});
