import { readFileSync } from 'node:fs';
import { compileFilter, type TriggerFilter } from '@millrace/api';
import { noMetrics, silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { createEmitter, createSourceManager, type Emission, type Emitter, sign } from '@millrace/sources';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { clockTriggers, expectedOf, rules } from '../../src/demonstration/expected.ts';
import { loadPayloads } from '../../src/demonstration/payloads.ts';
import { payloads, runId } from './support.ts';

interface Trigger {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly filters?: TriggerFilter['filters'];
    readonly filter?: { readonly attributes: Record<string, string> };
    readonly subscriber: { readonly uri: string };
  };
}

const manifest = new URL('../../../../examples/github/manifests/40-triggers.yaml', import.meta.url);
const triggers = parseAllDocuments(readFileSync(manifest, 'utf8')).map((document) => document.toJS() as Trigger);

describe('the rules', () => {
  it('are one for every trigger of the example, which names itself in its subscriber’s path', () => {
    const ruled = [
      ...rules.flatMap(({ trigger, reply }) => [trigger, ...(reply ? [reply.trigger] : [])]),
      ...clockTriggers,
    ];
    expect(triggers.map(({ metadata }) => metadata.name).sort()).toEqual(ruled.sort());
    for (const { metadata, spec } of triggers) expect(spec.subscriber.uri).toBe(`/${metadata.name}`);
  });

  it('and the triggers use every filter dialect', () => {
    const text = JSON.stringify(triggers.map(({ spec }) => spec));
    for (const dialect of ['attributes', 'exact', 'prefix', 'suffix', 'all', 'any', 'not', 'cesql']) {
      expect(text).toContain(`"${dialect}":`);
    }
    expect(triggers.length).toBeGreaterThanOrEqual(8);
  });

  it('say of every payload what the filters say of its event: two ways that share nothing', async () => {
    const emitted: Emission[] = [];
    const emitter: Emitter = {
      ...createEmitter({ clock: systemClock, random: systemRandom }),
      emit: async (emission) => {
        emitted.push(emission);
        return { kind: 'sent', statusCode: 202, attempts: 1 };
      },
    };
    const ports = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: noMetrics, emitter };
    const manager = createSourceManager(ports);
    manager.apply([
      {
        kind: 'GitHubSource',
        uid: 'u',
        namespace: 'default',
        name: 'webhooks',
        revision: 1,
        sinkUri: 'http://broker.test/',
        ceOverrides: {},
        secretToken: 's',
        spec: { ownerAndRepository: 'octokit/webhooks', eventTypes: ['push'], secure: true },
      },
    ]);
    const all = loadPayloads('run-x');
    for (const { kind, id, body } of all) {
      const headers = {
        'content-type': 'application/json',
        'x-github-event': kind,
        'x-github-delivery': id,
        'x-hub-signature-256': sign('s', body),
      };
      const path = '/github/default/webhooks';
      expect((await manager.receive({ method: 'POST', path, headers, body })).statusCode).toBe(202);
    }
    const events = emitted.map(({ event }) => event);
    expect(events).toHaveLength(all.length);
    for (const { metadata, spec } of triggers) {
      const rule = rules.find(({ trigger }) => trigger === metadata.name);
      const attributes = spec.filter?.attributes;
      const compiled = compileFilter({
        ...(spec.filters && { filters: spec.filters }),
        ...(attributes && { attributes }),
      });
      if (compiled.kind !== 'ok') throw new Error(metadata.name);
      const matched = events.filter((event) => compiled.filter.matches(event)).map(({ attributes: { id } }) => id);
      const wanted = all.filter(({ kind, json }) => rule?.wants(kind, json)).map(({ id }) => id);
      expect(matched, metadata.name).toEqual(wanted);
    }
  });
});

describe('the payloads', () => {
  it('are at least 300, numbered, unlike those of another run', () => {
    const first = loadPayloads('run-a');
    expect(first.length).toBeGreaterThanOrEqual(300);
    expect(first[0]?.id).toBe('run-a-0001');
    expect(new Set([...first, ...loadPayloads('run-b')].map(({ id }) => id)).size).toBe(first.length * 2);
  });
});

describe('what is expected', () => {
  it('of constructed payloads, trigger by trigger', () => {
    const ids = (...numbers: number[]) => new Set(numbers.map((number) => `${runId}-000${number}`));
    const delivered = { retried: 0, end: 'delivered' };
    expect(expectedOf(payloads)).toEqual([
      { trigger: 'everything', ids: ids(1, 2, 3, 4, 5, 6, 7, 8), ...delivered },
      { trigger: 'opened-issues', ids: ids(1), ...delivered },
      { trigger: 'triage', ids: new Set([`${runId}-0001-triage`]), ...delivered },
      { trigger: 'pull-requests', ids: ids(3), retried: 2, end: 'delivered' },
      { trigger: 'comments', ids: ids(4), ...delivered },
      { trigger: 'deletions', ids: ids(2), retried: 2, end: 'dead-lettered' },
      { trigger: 'code', ids: ids(5), ...delivered },
      { trigger: 'others', ids: ids(6), ...delivered },
      { trigger: 'checks', ids: ids(7), retried: 2, end: 'delivered' },
    ]);
  });

  it('of all payloads: every trigger has something to do', () => {
    for (const { trigger, ids } of expectedOf(loadPayloads('r'))) expect(ids.size, trigger).toBeGreaterThan(0);
  });
});
