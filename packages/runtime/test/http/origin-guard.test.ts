/** Host and Origin: a web page must not reach a server on loopback (issue 3 part 5; CVE-2025-66414 is what happens else). */
import { createOriginGuard } from '@millrace/runtime';
import { expect, test } from 'vitest';

const guard = createOriginGuard({
  hosts: ['millrace.test', '192.0.2.7'],
  servesHost: (name) => name === 'broker.team.svc',
});
const status = (host: string, origin?: string) => guard.check({ host, origin })?.statusCode;

test.each([
  ...[
    'localhost',
    'localhost:8080',
    'LOCALHOST:1',
    'localhost.',
    'app.localhost:3',
    '127.0.0.1',
    '127.0.0.1:8001',
    '127.9.9.9',
  ],
  ...[
    '[::1]',
    '[::1]:8080',
    'millrace.test:80',
    'Millrace.Test',
    '192.0.2.7:9',
    'broker.team.svc',
    'broker.team.svc:80',
  ],
])('the host %s is ours', (host) => expect(status(host)).toBeUndefined());

test.each([
  ...[
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'evillocalhost',
    '128.0.0.1',
    '127.0.0.1.evil.example',
  ],
  ...[
    '192.0.2.8',
    '[::2]',
    '0.0.0.0',
    'localhost:80:80',
    'localhost@evil.example',
    'local host',
    'localhost/x',
    '127.0.0.1:',
  ],
])('DNS rebinding: the host %j is answered 421', (host) => {
  expect(guard.check({ host, origin: undefined })).toMatchObject({
    statusCode: 421,
    error: expect.stringContaining('host'),
  });
});

test.each(['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:5', 'https://millrace.test'])(
  'the origin %s is ours',
  (origin) => expect(status('localhost', origin)).toBeUndefined(),
);

test.each([
  'http://evil.example',
  'null',
  '',
  'file://',
  'http://localhost.evil.example',
  'chrome-extension://abc',
  'http://broker.team.svc',
])('the origin %j is refused with 403', (origin) => expect(status('localhost:8080', origin)).toBe(403));

test('errors are one printable line', () => {
  const refusal = guard.check({ host: 'evil\u00e9\r\n\u0000', origin: undefined });
  expect(refusal?.error).toMatch(/^[ -~]+$/);
});
