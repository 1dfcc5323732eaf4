/** The view over layers is what one sorted map would give, whatever was put and removed in which layer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyOf, Layer, merged, nameOf, type Range } from '../../../src/log/local/layer.ts';

const keys = fc
  .uint8Array({ minLength: 1, maxLength: 2 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte % 5) | (byte & 0x80))));
const change = fc.record({ layer: fc.nat(2), key: keys, value: fc.option(fc.nat(99)), asked: fc.boolean() });
const range = fc.record({ from: keys, to: keys, backwards: fc.boolean(), limit: fc.option(fc.nat(4)) });

function view(layers: readonly Layer[], { from, to, backwards, limit }: Range): [string, string][] {
  const found: [string, string][] = [];
  const wanted = { from, to, ...(backwards === true ? { backwards } : {}), ...(limit === undefined ? {} : { limit }) };
  const walkers = layers.map((layer) => layer.walk(wanted));
  for (const { name, value } of merged(walkers, wanted)) found.push([name, value().toString()]);
  return found;
}

it('layers over each other read as one map, forwards and backwards, bounded or not', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.array(range, { maxLength: 8 }), (changes, ranges) => {
      // Older layers were complete before the newer ones began.
      const layers = [new Layer(), new Layer(), new Layer()];
      const model = new Map<string, string>();
      for (const { layer, key, value, asked } of [...changes].sort((a, b) => b.layer - a.layer)) {
        const stored = value === null ? null : Buffer.from(String(value));
        layers[layer]?.set([nameOf(key), stored]);
        // What is asked for between two changes is put in its place then, the rest later.
        if (asked) expect(layers[layer]?.get(nameOf(key))).toBe(stored);
        if (stored === null) model.delete(nameOf(key));
        else model.set(nameOf(key), stored.toString());
      }
      for (const { from, to, backwards, limit } of ranges) {
        const wanted = [...model]
          .filter(([name]) => name >= nameOf(from) && name < nameOf(to))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        if (backwards) wanted.reverse();
        const bounded = limit === null ? {} : { limit };
        expect(view(layers, { from, to, backwards, ...bounded })).toEqual(wanted.slice(0, limit ?? wanted.length));
      }
    }),
    { seed: 20261121, numRuns: 500 },
  );
});

it('a key is the same bytes after it was a name, and names sort as keys do', () => {
  const all = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte, 255 - byte]));
  for (const key of all) expect(keyOf(nameOf(key)).equals(key)).toBe(true);
  const byName = [...all].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  expect(byName).toEqual([...all].sort(Buffer.compare));
});
