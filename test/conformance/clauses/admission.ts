/** Objects that are refused, and in which words. */
import { expect } from 'vitest';
import { admissionRows } from '../ledger/admission.ts';
import { conditionOf } from '../support/api.ts';
import { call } from '../support/http.ts';
import { clause, world } from '../support/suite.ts';

const denied = 'admission webhook "validation.webhook.eventing.knative.dev" denied the request: validation failed: ';

for (const { id, kind, spec, annotations, text } of admissionRows) {
  clause(id, async (space) => {
    const { code, message } = await space.api.create(space.thing(kind, 'refused', spec, annotations));
    expect([code, message.slice(0, denied.length), message.slice(denied.length, denied.length + text.length)]).toEqual([
      422,
      denied,
      text,
    ]);
  });
}

const bad = { broker: 'default', subscriber: {} };

clause('admit.nothing-stored', async (space) => {
  expect((await space.api.create(space.thing('Trigger', 'refused', bad))).code).toBe(422);
  expect((await space.api.get('Trigger', space.namespace, 'refused')).code).toBe(404);
});

clause('admit.update', async (space) => {
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink'), filter: { type: 'a' } }));
  const stored = await space.until(
    'Trigger',
    't',
    'is looked at',
    (thing) => conditionOf(thing, 'Ready')?.status === 'False',
  );
  const spec = { ...stored.spec, filter: { attributes: { SOURCE: 'x' } } };
  const { code, message } = await space.api.replace({ ...stored, spec });
  expect([code, message]).toEqual([
    422,
    expect.stringContaining(`${denied}invalid key name "SOURCE": spec.filter.attributes`),
  ]);
  const { body } = await space.api.get('Trigger', space.namespace, 't');
  expect([body.spec, body.metadata.generation]).toEqual([stored.spec, 1]);
});

clause('admit.status', async (space) => {
  const { body } = await space.api.create(space.thing('Trigger', 'refused', bad));
  expect(body).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Invalid',
    code: 422,
    details: {
      name: 'refused',
      group: 'eventing.knative.dev',
      causes: expect.arrayContaining([expect.objectContaining({ field: 'spec.subscriber.ref' })]),
    },
  });
});

clause('admit.unknown-field', async (space) => {
  const spec = { broker: 'default', subscriber: { uri: 'http://sink.example' }, filterz: {} };
  const { code, message } = await space.api.create(space.thing('Trigger', 'refused', spec));
  expect(code).toBeGreaterThanOrEqual(400);
  expect(message).toMatch(/filterz/);
});

clause('admit.core', async (space) => {
  const { code, message } = await space.api.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: space.namespace },
    data: { key: '%%%' },
  });
  expect(code).toBe(422);
  expect(message).toMatch(/^Secret "s" is invalid: /);
});

clause('admit.dry-run', async (space) => {
  const url = `${world.server.apiUrl}/apis/eventing.knative.dev/v1/namespaces/${space.namespace}/triggers?dryRun=All`;
  const dry = (spec: Readonly<Record<string, unknown>>) =>
    call(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(space.thing('Trigger', 't', spec)),
    });
  expect((await dry(bad)).status).toBe(422);
  expect((await dry({ ...bad, subscriber: { uri: 'http://sink.example' } })).status).toBe(201);
  expect((await space.api.get('Trigger', space.namespace, 't')).code).toBe(404);
});
