/** Conditions and reasons of sources and EventTypes, over real objects. */
import { expect } from 'vitest';
import { conditionOf } from '../support/api.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

const missing = { ref: { apiVersion: 'v1', kind: 'Service', name: 'missing' } };
const notThere = expect.stringContaining('"missing" not found');
const yearly = { schedule: '0 0 1 1 *' };

const reasoned = (space: Space, kind: string, name: string, type: string, reason: string) =>
  space.until(kind, name, `${type} is ${reason}`, (thing) => conditionOf(thing, type)?.reason === reason);

clause('cond.ping-set', async (space) => {
  await space.create(space.thing('PingSource', 'ping', { ...yearly, sink: { uri: space.probe('sink').url } }));
  const ping = await space.ready('PingSource', 'ping');
  expect((ping.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`)).toEqual([
    'Deployed=True',
    'OIDCIdentityCreated=True',
    'Ready=True',
    'SinkProvided=True',
  ]);
});

clause('cond.ping-sink', async (space) => {
  await space.create(space.thing('PingSource', 'ping', { ...yearly, sink: missing }));
  const ping = await reasoned(space, 'PingSource', 'ping', 'SinkProvided', 'NotFound');
  expect(conditionOf(ping, 'Ready')).toMatchObject({ status: 'False', reason: 'NotFound', message: notThere });
  expect(ping.status?.['sinkUri']).toBeUndefined();
});

clause('cond.ping-sink-heals', async (space) => {
  await space.create(space.thing('PingSource', 'ping', { ...yearly, sink: missing }));
  await reasoned(space, 'PingSource', 'ping', 'SinkProvided', 'NotFound');
  const { url } = space.probe('sink');
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': url }));
  expect((await space.ready('PingSource', 'ping')).status?.['sinkUri']).toBe(url);
});

clause('cond.ping-attributes', async (space) => {
  await space.create(space.thing('PingSource', 'ping', { ...yearly, sink: { uri: space.probe('sink').url } }));
  const { status } = await space.ready('PingSource', 'ping');
  const source = `/apis/v1/namespaces/${space.namespace}/pingsources/ping`;
  expect(status?.['ceAttributes']).toEqual([{ type: 'dev.knative.sources.ping', source }]);
});

const gitHub = (sink: unknown) => ({
  ownerAndRepository: 'octokit/webhooks',
  eventTypes: ['push'],
  accessToken: { secretKeyRef: { name: 'github', key: 'access' } },
  secretToken: { secretKeyRef: { name: 'github', key: 'secret' } },
  sink,
});

const secret = (space: Space, stringData: Readonly<Record<string, string>>) => ({
  ...space.thing('Secret', 'github'),
  stringData,
});

clause('cond.github-set', async (space) => {
  await space.create(secret(space, { access: 'a', secret: 's' }));
  await space.create(space.thing('GitHubSource', 'hooks', gitHub({ uri: space.probe('sink').url })));
  const source = await space.ready('GitHubSource', 'hooks');
  expect((source.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`)).toEqual([
    'Ready=True',
    'SecretsProvided=True',
    'SinkProvided=True',
    'WebhookConfigured=True',
  ]);
});

clause('cond.github-access', async (space) => {
  await space.create(space.thing('GitHubSource', 'hooks', gitHub({ uri: space.probe('sink').url })));
  const source = await reasoned(space, 'GitHubSource', 'hooks', 'SecretsProvided', 'AccessTokenNotFound');
  expect(conditionOf(source, 'SecretsProvided')).toMatchObject({
    status: 'False',
    message: 'secrets "github" not found',
  });
});

clause('cond.github-secret', async (space) => {
  await space.create(secret(space, { access: 'a' }));
  await space.create(space.thing('GitHubSource', 'hooks', gitHub({ uri: space.probe('sink').url })));
  const source = await reasoned(space, 'GitHubSource', 'hooks', 'SecretsProvided', 'SecretTokenNotFound');
  expect(conditionOf(source, 'Ready')?.status).toBe('False');
});

clause('cond.github-key', async (space) => {
  await space.create(secret(space, { other: 'a', secret: 's' }));
  await space.create(space.thing('GitHubSource', 'hooks', gitHub({ uri: space.probe('sink').url })));
  const source = await reasoned(space, 'GitHubSource', 'hooks', 'SecretsProvided', 'AccessTokenNotFound');
  expect(conditionOf(source, 'SecretsProvided')?.message).toContain('"access"');
});

clause('cond.github-sink', async (space) => {
  await space.create(secret(space, { access: 'a', secret: 's' }));
  await space.create(space.thing('GitHubSource', 'hooks', gitHub(missing)));
  const source = await reasoned(space, 'GitHubSource', 'hooks', 'SinkProvided', 'NotFound');
  expect(conditionOf(source, 'SecretsProvided')?.status).toBe('True');
});

clause('cond.github-heals', async (space) => {
  await space.create(space.thing('GitHubSource', 'hooks', gitHub(missing)));
  await reasoned(space, 'GitHubSource', 'hooks', 'SecretsProvided', 'AccessTokenNotFound');
  const { url } = space.probe('sink');
  await space.create(secret(space, { access: 'a', secret: 's' }));
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': url }));
  expect((await space.ready('GitHubSource', 'hooks')).status?.['sinkUri']).toBe(url);
});

clause('cond.cronjob', async (space) => {
  await space.create(space.thing('CronJobSource', 'cron', { ...yearly, data: 'x', sink: missing }));
  await reasoned(space, 'CronJobSource', 'cron', 'SinkProvided', 'NotFound');
  const { url } = space.probe('sink');
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': url }));
  expect((await space.ready('CronJobSource', 'cron')).status?.['sinkUri']).toBe(url);
});

clause('cond.event-type-none', async (space) => {
  await space.create(space.thing('EventType', 'et', { type: 'com.example.type' }));
  const eventType = await space.ready('EventType', 'et');
  expect(conditionOf(eventType, 'ReferenceExists')).toMatchObject({ status: 'True', reason: 'ReferenceNotSet' });
});

const brokerReference = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' };

clause('cond.event-type-missing', async (space) => {
  await space.create(space.thing('EventType', 'et', { type: 'com.example.type', reference: brokerReference }));
  const eventType = await reasoned(space, 'EventType', 'et', 'ReferenceExists', 'ResourceDoesNotExist');
  expect(conditionOf(eventType, 'Ready')?.status).toBe('False');
});

clause('cond.event-type-heals', async (space) => {
  await space.create(space.thing('EventType', 'et', { type: 'com.example.type', reference: brokerReference }));
  await reasoned(space, 'EventType', 'et', 'ReferenceExists', 'ResourceDoesNotExist');
  await space.broker();
  await space.ready('EventType', 'et');
});
