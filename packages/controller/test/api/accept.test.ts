import { expect, test } from 'vitest';
import { negotiate } from '../../src/api/accept.ts';

const forms = ['object', 'table', 'metadata'] as const;

test.each([
  [undefined, { media: 'json', form: { kind: 'object' } }],
  ['*/*', { media: 'json', form: { kind: 'object' } }],
  ['application/yaml', { media: 'yaml', form: { kind: 'object' } }],
  ['application/vnd.kubernetes.protobuf,application/json', { media: 'json', form: { kind: 'object' } }],
  [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    { media: 'json', form: { kind: 'table', v: 'v1' } },
  ],
  ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', { media: 'json', form: { kind: 'object' } }],
  ['application/json;q=0.1, application/yaml;q=0.9', { media: 'yaml', form: { kind: 'object' } }],
  [
    'application/json; as=PartialObjectMetadata; v=v1beta1; g=meta.k8s.io',
    { media: 'json', form: { kind: 'metadata', v: 'v1beta1' } },
  ],
])('Accept: %s', (header, accepted) => {
  expect(negotiate(header, forms)).toEqual(accepted);
});

test.each([
  'text/html',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=else',
  'application/json;q=0',
])('Accept: %s is answered 406', (header) => {
  expect(() => negotiate(header, forms)).toThrow(/application\/json, application\/yaml/);
});
