/** PingSource: reference 1.7 and 6.1. */
import { describe, expect, it } from 'vitest';
import { defaultKindContext, pingSourceKind } from '../../src/kinds/index.ts';
import { admitted, firstLine, pingSource, refusal } from './support.ts';

describe('1.7: defaults', () => {
  it('"schedule * * * * *", and the namespace of the sink', () => {
    const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' };
    const stored = admitted(pingSource({ schedule: undefined, sink: { ref } }));
    expect(stored.spec).toEqual({ schedule: '* * * * *', sink: { ref: { ...ref, namespace: 'default' } } });
  });
});

describe('6.1: rules', () => {
  it.each([
    [{ schedule: '@every 1h' }, 'invalid value: unsupported descriptor @every: spec.schedule'],
    [{ schedule: '* * *' }, 'invalid value: expected 5 to 6 fields, found 3: [* * *]: spec.schedule'],
    [
      { timezone: 'Knative/Land' },
      'invalid value: provided bad location Knative/Land: unknown time zone Knative/Land: spec.timezone',
    ],
    [{ data: 'a', dataBase64: 'YQ==' }, 'expected exactly one, got both: spec.data, spec.dataBase64'],
    [
      { dataBase64: 'not base64' },
      'invalid value: illegal base64 data, expected the standard alphabet with padding: spec.dataBase64',
    ],
    [
      { dataBase64: 'YQ' },
      'invalid value: illegal base64 data, expected the standard alphabet with padding: spec.dataBase64',
    ],
    [
      { contentType: 'application/json', data: '[1]' },
      'invalid value: with contentType application/json the data must be a JSON object, got an array: spec.data',
    ],
    [
      { contentType: 'application/json', data: '"x"' },
      'invalid value: with contentType application/json the data must be a JSON object, got a string: spec.data',
    ],
    [
      { contentType: 'application/json', data: '5' },
      'invalid value: with contentType application/json the data must be a JSON object, got a number: spec.data',
    ],
    [
      { contentType: 'application/json', dataBase64: 'WzFd' },
      'invalid value: with contentType application/json the data must be a JSON object, got an array: spec.dataBase64',
    ],
    [{ ceOverrides: { extensions: { 'a-b': 'x' } } }, 'invalid key name "a-b": spec.ceOverrides.extensions'],
    [{ ceOverrides: { extensions: { '': 'x' } } }, 'invalid key name "": spec.ceOverrides.extensions'],
    [{ sink: undefined }, 'expected at least one, got none: spec.sink.ref, spec.sink.uri'],
    [{ shedule: '* * * * *' }, 'unknown field; did you mean "schedule"?: spec.shedule'],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(pingSource(spec)))).toBe(text);
  });

  it('broken JSON is told with its reason', () => {
    const text = firstLine(refusal(pingSource({ contentType: 'application/json', data: '{' })));
    expect(text).toMatch(/^invalid value: with contentType application\/json the data must be JSON: .+: spec\.data$/);
  });

  it.each([
    [{ contentType: 'application/json', data: '{"a": 12345678901234567890}' }],
    [{ contentType: 'text/plain', data: '[1]' }],
    [{ data: '[1]' }],
    [{ contentType: 'application/json', dataBase64: 'e30=' }],
    [{ dataBase64: '/+8=' }],
    [{ schedule: '10 0/1 * * * ?', timezone: 'Europe/Paris' }],
    [{ schedule: 'CRON_TZ=Asia/Tokyo @hourly' }],
    [{ ceOverrides: { extensions: { Abc1: 'x' } } }],
  ])('accepted: %j', (spec) => {
    expect(refusal(pingSource(spec))).toBe('');
  });

  it('"each limited by data-max-size (bytes, -1 unlimited), base64 measured encoded"', () => {
    const limited = { ...defaultKindContext, pingDataBytesMax: 4 };
    expect(refusal(pingSource({ data: 'äää' }), limited)).toBe(
      'invalid value: the data length of 6 bytes exceeds limit set at 4.: spec.data',
    );
    expect(refusal(pingSource({ data: 'abcd' }), limited)).toBe('');
    expect(refusal(pingSource({ dataBase64: 'YWJjZA==' }), limited)).toBe(
      'invalid value: the dataBase64 length of 8 bytes exceeds limit set at 4.: spec.dataBase64',
    );
    expect(refusal(pingSource({ dataBase64: 'YWJj' }), limited)).toBe('');
  });
});

describe('6.1: "v1beta2 has the same fields and is converted losslessly"', () => {
  const given = pingSource({ timezone: 'UTC', data: 'x', contentType: 'text/plain' }, 'v1beta2');

  it('it is stored as v1', () => {
    const stored = admitted(given);
    expect(stored.apiVersion).toBe('sources.knative.dev/v1');
    expect(stored.spec).toEqual(given.spec);
  });

  it('there and back is the same object', () => {
    const there = pingSourceKind.convert(given, 'v1');
    expect(pingSourceKind.convert(there, 'v1beta2')).toEqual(given);
  });
});
