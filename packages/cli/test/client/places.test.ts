/** Names of logs as a person writes and reads them. */
import { describe, expect, test } from 'vitest';
import { namespaceOf, placeNamed, placeOf } from '../../src/client/places.ts';

test('a broker and a channel of the same name are told apart', () => {
  const named = { namespace: 'shop', name: 'orders' };
  expect(placeOf({ kind: 'Broker', ...named })).toBe('shop/orders');
  expect(placeOf({ kind: 'Channel', ...named })).toBe('channel/shop/orders');
  expect(placeOf({ kind: 'KafkaSource', ...named })).toBe('kafkasource/shop/orders');
  expect(namespaceOf('channel/shop/orders')).toBe('shop');
  expect(namespaceOf('shop/orders')).toBe('shop');
});

describe('what a person writes', () => {
  test.each([
    ['orders', 'default/orders'],
    ['shop/orders', 'shop/orders'],
    ['broker/orders', 'default/orders'],
    ['channel/orders', 'channel/default/orders'],
    ['channel/shop/orders', 'channel/shop/orders'],
    ['kafkasink/out', 'kafkasink/default/out'],
  ])('%s is %s', (text, place) => {
    expect(placeNamed(text, 'default')).toBe(place);
  });
});
