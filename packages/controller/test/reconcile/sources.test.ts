/** Sources, EventTypes and Knative Services against a real store: their conditions, and the routes of sources. */
import type { SourceRoute } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { annotate, baseUrl, condition, controller, readyOf, see, store } from '../support/control-plane.ts';
import { broker, eventing, service } from '../support/objects.ts';

describe('sources', () => {
  const sink = { ref: { apiVersion: eventing, kind: 'Broker', name: 'default' } };
  const named = (name: string) => ({ name, namespace: 'default' });

  test('PingSource: sinkUri, ceAttributes, ready; the route follows', async () => {
    await store.create(broker());
    const spec = {
      schedule: '*/2 * * * * *',
      data: '{"a":1}',
      contentType: 'application/json',
      sink,
      ceOverrides: { extensions: { team: 'x' } },
    };
    await store.create({ apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', metadata: named('p'), spec });
    const seen = await see('PingSource', 'p', 'sources.knative.dev/v1');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({
      sinkUri: `${baseUrl}/default/default`,
      ceAttributes: [{ type: 'dev.knative.sources.ping', source: '/apis/v1/namespaces/default/pingsources/p' }],
    });
    expect(controller.sources()).toEqual<readonly SourceRoute[]>([
      {
        uid: seen.metadata.uid ?? '',
        kind: 'PingSource',
        namespace: 'default',
        name: 'p',
        revision: 1,
        sinkUri: `${baseUrl}/default/default`,
        ceOverrides: { team: 'x' },
        spec: { schedule: '*/2 * * * * *', data: '{"a":1}', contentType: 'application/json' },
      },
    ]);
  });

  test('a source without its sink says NotFound and has no sinkUri', async () => {
    await store.create({
      apiVersion: 'sources.knative.dev/v1',
      kind: 'PingSource',
      metadata: named('p'),
      spec: { sink },
    });
    expect(condition(await see('PingSource', 'p', 'sources.knative.dev/v1'), 'SinkProvided')).toMatchObject({
      status: 'False',
      reason: 'NotFound',
    });
    expect(controller.sources()[0]).not.toHaveProperty('sinkUri');
  });

  test('GitHubSource: secrets by their conditions, the token in its route, the receiver in the message', async () => {
    await store.create(broker());
    const key = (name: string) => ({ secretKeyRef: { name: 'github', key: name } });
    const spec = {
      ownerAndRepository: 'o/r',
      eventTypes: ['push'],
      accessToken: key('access'),
      secretToken: key('secret'),
      sink,
    };
    await store.create({
      apiVersion: 'sources.knative.dev/v1alpha1',
      kind: 'GitHubSource',
      metadata: named('g'),
      spec,
    });
    const version = 'sources.knative.dev/v1alpha1';
    expect(condition(await see('GitHubSource', 'g', version), 'SecretsProvided').reason).toBe('AccessTokenNotFound');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: named('github') };
    await store.create({ ...secret, stringData: { access: 'a' } });
    expect(condition(await see('GitHubSource', 'g', version), 'SecretsProvided').reason).toBe('SecretTokenNotFound');
    const ref = { apiVersion: 'v1', kind: 'Secret', ...named('github') };
    await store.patch(ref, { kind: 'merge', body: { stringData: { secret: 's3cret' } } });
    const seen = await see('GitHubSource', 'g', version);
    expect(readyOf(seen)).toBe('True');
    expect(condition(seen, 'WebhookConfigured').message).toContain('http://localhost:8080/github/default/g');
    expect(controller.sources()).toMatchObject([{ kind: 'GitHubSource', secretToken: 's3cret' }]);
  });

  test('CronJobSource with a plain reference as sink', async () => {
    await store.create(broker());
    const spec = { schedule: '* * * * *', data: 'x', sink: sink.ref };
    const version = 'sources.eventing.knative.dev/v1alpha1';
    await store.create({ apiVersion: version, kind: 'CronJobSource', metadata: named('c'), spec });
    expect(readyOf(await see('CronJobSource', 'c', version))).toBe('True');
    expect(controller.sources()).toMatchObject([{ kind: 'CronJobSource', sinkUri: `${baseUrl}/default/default` }]);
  });

  test('EventType: the reference that is not there, then is', async () => {
    const reference = { apiVersion: eventing, kind: 'Broker', name: 'default' };
    const version = 'eventing.knative.dev/v1beta2';
    await store.create({
      apiVersion: version,
      kind: 'EventType',
      metadata: named('e'),
      spec: { type: 't', reference },
    });
    expect(condition(await see('EventType', 'e', version), 'ReferenceExists').reason).toBe('ResourceDoesNotExist');
    await store.create(broker());
    expect(readyOf(await see('EventType', 'e', version))).toBe('True');
  });

  test('Knative Service: ready with the address of its annotation; without it says what to annotate', async () => {
    const version = 'serving.knative.dev/v1';
    await store.create(service('k', 'http://localhost:7000/', version));
    const seen = await see('Service', 'k', version);
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({ url: 'http://localhost:7000/', address: { url: 'http://localhost:7000/' } });
    await annotate(seen, { 'millrace.dev/url': null });
    const without = await see('Service', 'k', version);
    expect(readyOf(without)).toBe('False');
    expect(without.status?.address).toBeUndefined();
  });
});
