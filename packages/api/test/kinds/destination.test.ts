/** References, destinations and delivery inside objects: reference 0.4 and 4.1, quoted by its texts. */
import { describe, expect, it } from 'vitest';
import { admit, defaultKindContext } from '../../src/kinds/index.ts';
import { broker, firstLine, refusal, trigger } from './support.ts';

const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';

describe('0.4: destinations', () => {
  it.each([
    ['neither ref nor uri', {}, 'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri'],
    [
      'ref plus absolute uri',
      { ref, uri: 'http://x/' },
      'Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present: spec.subscriber.ref, spec.subscriber.uri, spec.subscriber[apiVersion, kind, name]',
    ],
    [
      'relative uri without ref',
      { uri: '/path' },
      'invalid value: Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent: spec.subscriber.uri',
    ],
    [
      'CACerts that are none (note path spelling)',
      { ref, CACerts: 'x' },
      'invalid value: CA Cert provided is invalid: spec.subscriber.caCert',
    ],
    [
      'CACerts with another block',
      { ref, CACerts: CERTIFICATE + KEY },
      'invalid value: CA Cert provided is invalid: spec.subscriber.caCert',
    ],
    [
      'name, apiVersion, kind required',
      { ref: {} },
      'missing field(s): spec.subscriber.ref.apiVersion, spec.subscriber.ref.kind, spec.subscriber.ref.name',
    ],
    ['group is refused', { ref: { ...ref, group: 'g' } }, 'must not set the field(s): spec.subscriber.ref.group'],
    ['a URL of another scheme', { uri: 'ftp://x/' }, 'invalid value: ftp://x/: spec.subscriber.uri'],
    ['a URL without host', { uri: 'http://' }, 'invalid value: http://: spec.subscriber.uri'],
  ])('%s', (_rule, subscriber, text) => {
    expect(firstLine(refusal(trigger({ subscriber })))).toBe(text);
  });

  it.each([
    ['ref', { ref }],
    ['ref with relative uri', { ref, uri: '/path' }],
    ['uri', { uri: 'https://example.com:8443/a?b=c' }],
    ['CACerts', { uri: 'https://x/', CACerts: CERTIFICATE + CERTIFICATE }],
    ['"their sinks, subscribers and DLS may name any namespace"', { ref: { ...ref, namespace: 'elsewhere' } }],
  ])('accepted: %s', (_form, subscriber) => {
    expect(refusal(trigger({ subscriber }))).toBe('');
  });

  it('a million spaces where a certificate should be are refused in a moment', () => {
    const CACerts = `-----BEGIN CERTIFICATE-----${' '.repeat(1_000_000)}!`;
    expect(refusal(trigger({ subscriber: { ref, CACerts } }))).toContain('CA Cert provided is invalid');
  });

  it('an error points at the field in the document, whatever its text calls it', () => {
    const result = admit(trigger({ subscriber: { ref, CACerts: 'x' } }), defaultKindContext);
    expect(result).toMatchObject({ errors: [{ locations: [['spec', 'subscriber', 'CACerts']] }] });
  });
});

describe('4.1: delivery, "feature-gated fields always on" (design 7)', () => {
  it.each([
    [{ retry: -1 }, 'invalid value: -1: spec.delivery.retry'],
    [{ timeout: 'PT0S' }, 'invalid value: PT0S: spec.delivery.timeout'],
    [{ timeout: '5s' }, 'invalid value: 5s: spec.delivery.timeout'],
    [{ backoffPolicy: 'Linear' }, 'invalid value: Linear: spec.delivery.backoffPolicy'],
    [{ backoffDelay: 'nope' }, 'invalid value: nope: spec.delivery.backoffDelay'],
    [{ retryAfterMax: '-PT1S' }, 'invalid value: -PT1S: spec.delivery.retryAfterMax'],
    [{ format: 'JSON' }, 'invalid value: JSON: spec.delivery.format'],
    [{ retry: '3' }, 'invalid value: 3: spec.delivery.retry'],
    [
      { deadLetterSink: {} },
      'expected at least one, got none: spec.delivery.deadLetterSink.ref, spec.delivery.deadLetterSink.uri',
    ],
  ])('%j', (delivery, text) => {
    expect(firstLine(refusal(trigger({ delivery })))).toBe(text);
    expect(firstLine(refusal(broker({ spec: { delivery } })))).toBe(text);
  });

  it('each field is told once, by the rule that knows most', () => {
    expect(refusal(trigger({ delivery: { retry: -1 } })).split('\n')).toHaveLength(2);
  });

  it('every field is accepted', () => {
    const delivery = {
      deadLetterSink: { ref },
      retry: 0,
      timeout: 'PT5S',
      backoffPolicy: 'linear',
      backoffDelay: 'PT0.25S',
      retryAfterMax: 'PT0S',
      format: 'binary',
    };
    expect(refusal(trigger({ delivery }))).toBe('');
  });
});
