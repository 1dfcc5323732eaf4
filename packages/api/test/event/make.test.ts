import { describe, expect, test } from 'vitest';
import { formatOf, makeEvent, structured, withAttributes } from '../../src/event/index.ts';
import { attributeOf } from '../../src/filter/index.ts';
import { bytes, envelope, event, structured as receive, text } from './support.ts';

const made = event(
  makeEvent({ id: '1', source: '/s', type: 't', n: 7, b: true, x: 'y', none: undefined, data: bytes('{}') }),
);

describe('makeEvent', () => {
  test('keeps values as canonical strings, marks numbers and booleans, invents nothing', () => {
    expect(made.specversion).toBe('1.0');
    expect({ ...made.attributes }).toEqual({ id: '1', source: '/s', type: 't', n: '7', b: 'true', x: 'y' });
    expect({ ...made.nonString }).toEqual({ n: 'Integer', b: 'Boolean' });
    expect(text(made.data)).toBe('{}');
  });

  test('minus zero is zero', () => {
    expect(event(makeEvent({ id: '1', source: '/s', type: 't', n: -0 })).attributes['n']).toBe('0');
  });

  test('0.3: data that is declared base64 must be', () => {
    const parts = { specversion: '0.3' as const, id: '1', source: '/s', type: 't', datacontentencoding: 'base64' };
    expect(makeEvent({ ...parts, data: bytes('?') }).kind).toBe('invalid');
    expect(makeEvent({ ...parts, data: bytes('YQ==') }).kind).toBe('event');
  });

  test('hostile names are names', () => {
    const parts = JSON.parse('{"id":"1","source":"/s","type":"t","__proto__":"x"}');
    expect(makeEvent(parts).kind).toBe('invalid');
    expect(event(makeEvent({ id: '1', source: '/s', type: 't', constructor: 'x' })).attributes['constructor']).toBe(
      'x',
    );
  });
});

describe('attribute', () => {
  test('reads the version, attributes and nothing that is inherited', () => {
    expect(attributeOf(made, 'specversion')).toBe('1.0');
    expect(attributeOf(made, 'n')).toBe('7');
    expect(attributeOf(made, 'constructor')).toBeUndefined();
  });
});

describe('withAttributes', () => {
  test('changes a copy and shares the data', () => {
    const changed = withAttributes(made, { x: 'z', ttl: 254, n: 'text', gone: undefined }, ['b']);
    expect({ ...changed.attributes }).toEqual({ id: '1', source: '/s', type: 't', n: 'text', x: 'z', ttl: '254' });
    expect({ ...changed.nonString }).toEqual({ ttl: 'Integer' });
    expect(changed.data).toBe(made.data);
    expect(made.attributes['x']).toBe('y');
    expect({ ...made.nonString }).toEqual({ n: 'Integer', b: 'Boolean' });
  });

  test('keeps how the data came and the version', () => {
    const came = event(receive(envelope('"data":1', '0.3')));
    const changed = withAttributes(came, { x: 'y' });
    expect(changed.dataForm).toBe('json');
    expect(changed.specversion).toBe('0.3');
    expect(text(structured.encode(changed, []))).toBe(
      '{"specversion":"0.3","id":"1","source":"/s","type":"t","x":"y","data":1}',
    );
  });

  test('without numbers there is no mark', () => {
    expect('nonString' in withAttributes(made, {}, ['n', 'b'])).toBe(false);
  });

  test.each([
    [{ X: 'y' }, []],
    [{ x: '\n' }, []],
    [{ time: 'no' }, []],
    [{ specversion: '0.3' }, []],
    [{ x: 0.5 }, []],
    [{}, ['id']],
  ])('%j without %j is a bug of the caller', (set, remove) => {
    expect(() => withAttributes(made, set, remove)).toThrow(RangeError);
  });

  test('an event at the limit of attributes can still be marked by us', () => {
    const full = event(makeEvent({ id: '1', source: '/s', type: 't', big: 'x'.repeat(65_500) }));
    expect(withAttributes(full, { knativearrivaltime: '2026-01-01T00:00:00Z' }).attributes['big']).toHaveLength(65_500);
  });
});

describe('formatOf: as the event came', () => {
  test('structured with data or with typed attributes is json, else binary', () => {
    expect(formatOf(event(receive(envelope('"data":1'))))).toBe('json');
    expect(formatOf(event(receive(envelope('"n":1'))))).toBe('json');
    expect(formatOf(event(makeEvent({ id: '1', source: '/s', type: 't' })))).toBe('binary');
  });
});
