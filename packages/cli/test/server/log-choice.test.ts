/** `--log` and the environment it is completed from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { logText, parseLog, serversOf } from '../../src/server/log-choice.ts';

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
}

describe('--log', () => {
  test.each([
    ['local', { kind: 'local' }],
    ['memory', { kind: 'memory' }],
    ['kafka://localhost:9092', { kind: 'kafka', cluster: { servers: ['localhost:9092'] } }],
    ['kafka://a.example:1,[::1]:2', { kind: 'kafka', cluster: { servers: ['a.example:1', '[::1]:2'] } }],
    ['nats://h:4222,i:4222/', { kind: 'jetstream', cluster: { servers: ['nats://h:4222', 'nats://i:4222'] } }],
  ])('%s', (text, expected) => {
    expect(parseLog(text, {})).toEqual(expected);
    expect(logText(parseLog(text, {}))).toBe(text.replace(/\/$/, ''));
  });

  test.each([
    ['tape', /tape is not known/],
    ['kafka://', /names no server/],
    ['kafka://host', /"host" is no server/],
    ['nats://host:0', /"host:0" is no server/],
    ['nats://host:99999', /is no server/],
    ['http://host:1', /is not known/],
    ['kafka://host:1/topic', /is not known/],
  ])('%s is a usage error', (text, message) => {
    expect(() => parseLog(text, {})).toThrow(message);
  });

  test.each(['kafka://me:geheim@host:1', 'nats://me:geheim@host:1', 'redis://me:geheim@host:1'])(
    '%s: no password in the command line, and none in the error',
    (text) => {
      expect(() => parseLog(text, {})).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('geheim') }),
      );
      expect(() => parseLog(text, {})).toThrow();
    },
  );
});

describe('the environment', () => {
  const kafka = (env: Record<string, string>) => parseLog('kafka://h:1', env);

  test('SASL: plain unless said otherwise; the user and the password come together', () => {
    const env = { MILLRACE_KAFKA_USER: 'me', MILLRACE_KAFKA_PASSWORD: 'geheim' };
    expect(kafka(env)).toMatchObject({
      cluster: { security: { sasl: { mechanism: 'plain', user: 'me', password: 'geheim' } } },
    });
    expect(kafka({ ...env, MILLRACE_KAFKA_SASL: 'SCRAM-SHA-512' })).toMatchObject({
      cluster: { security: { sasl: { mechanism: 'scram-sha-512' } } },
    });
    expect(() => kafka({ ...env, MILLRACE_KAFKA_SASL: 'oauth' })).toThrow(/oauth is not known/);
    expect(() => kafka({ MILLRACE_KAFKA_USER: 'me' })).toThrow(
      /MILLRACE_KAFKA_USER is set without MILLRACE_KAFKA_PASSWORD/,
    );
  });

  test('TLS by a switch or by files', () => {
    expect(kafka({ MILLRACE_KAFKA_TLS: 'true' })).toMatchObject({ cluster: { security: { tls: {} } } });
    expect(kafka({ MILLRACE_KAFKA_CA: file('PEM') })).toMatchObject({ cluster: { security: { tls: { ca: 'PEM' } } } });
    expect(parseLog('nats://h:1', { MILLRACE_NATS_CA: file('PEM') })).toMatchObject({
      cluster: { servers: ['tls://h:1'], tls: { ca: 'PEM' } },
    });
    expect(() => kafka({ MILLRACE_KAFKA_CA: '/nowhere/ca.pem' })).toThrow(/MILLRACE_KAFKA_CA names \/nowhere\/ca\.pem/);
  });

  test('NATS credentials are read from their file, and never shown', () => {
    const log = parseLog('nats://h:1', { MILLRACE_NATS_CREDS: file('geheim') });
    expect(log).toMatchObject({ cluster: { credentials: 'geheim' } });
    expect(logText(log)).toBe('nats://h:1');
    expect(serversOf(log)).toEqual(['h:1']);
  });
});
