/** Getting in at a NATS server: users, tokens, TLS, credentials; and what is said when that fails. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NatsCluster } from '@millrace/api';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../../test/servers/certificates.ts';
import { sharedNats } from '../../../../test/servers/index.ts';
import { connectNats, systemClock, systemRandom } from '../../src/index.ts';

const ports = { clock: systemClock, random: systemRandom };

/** Connects and uses JetStream: "in", or why not. */
async function attempt(cluster: NatsCluster): Promise<string> {
  const connected = await connectNats(cluster, ports);
  if (connected.kind === 'failed') return connected.reason;
  const made = await connected.client.createStream({ name: 'S', subjects: ['s.>'] });
  await connected.client.close();
  return made.kind === 'ok' ? 'in' : made.reason;
}

describe('user and password', () => {
  const nats = sharedNats({ configuration: 'authorization { user: "me", password: "s%cret" }' });
  const url = (user: string) => `nats://${user}@${nats().servers}`;

  it('are taken from the address', async () => {
    expect(await attempt({ servers: [url('me:s%25cret')] })).toBe('in');
  });

  it('wrong ones are said to be wrong, and not shown', async () => {
    const reason = await attempt({ servers: [url('me:wrong-one')] });
    expect(reason).toMatch(/authorization/i);
    expect(reason).toContain(nats().servers);
    expect(reason).not.toContain('wrong-one');
    expect(await attempt({ servers: [nats().servers] })).toMatch(/authorization/i);
  });
});

describe('a token', () => {
  const nats = sharedNats({ configuration: 'authorization { token: "t0ken" }' });

  it('is taken from the address', async () => {
    expect(await attempt({ servers: [`nats://t0ken@${nats().servers}`] })).toBe('in');
  });
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-nats-tls-'));
  let client: Awaited<ReturnType<typeof makeCertificates>>['client'];
  let configuration = '';
  beforeAll(async () => {
    const made = await makeCertificates(folder);
    client = made.client;
    const { ca, cert, key } = made.server;
    configuration = `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify: true }`;
  });
  const nats = sharedNats(() => ({ configuration }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('with an authority and a certificate of our own', async () => {
    const tls = { ca: client.caCrt, cert: client.userCrt, key: client.userKey };
    expect(await attempt({ servers: [`tls://${nats().servers}`], tls })).toBe('in');
    expect(await attempt({ servers: [nats().servers], tls })).toBe('in');
  });

  it('an authority that is not known, and a certificate that is missing, are refused', async () => {
    expect(await attempt({ servers: [`tls://${nats().servers}`] })).toMatch(/certificate/i);
    expect(await attempt({ servers: [nats().servers], tls: { ca: client.caCrt } })).not.toBe('in');
  });
});

describe('credentials', () => {
  const [operator, account, system, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];

  /** A token as NATS signs them: JWT with an ed25519 key of its own kind. */
  function token(subject: string, type: string, nats: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const issuer = type === 'user' ? account : operator;
    const claims = {
      jti: `${type}-${subject}`,
      iat: 1_700_000_000,
      iss: issuer.getPublicKey(),
      name: type,
      sub: subject,
    };
    const body = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...claims, nats: { type, version: 2, ...nats } })}`;
    return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`;
  }

  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
  const limits = { ...unlimited, wildcards: true, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const noJetStream = { ...limits, mem_storage: 0, disk_storage: 0, streams: 0, consumer: 0 };
  const key = (pair: typeof account) => pair.getPublicKey();
  const nats = sharedNats({
    configuration: [
      `operator: ${token(key(operator), 'operator', { system_account: key(system) })}`,
      'resolver: MEMORY',
      `system_account: ${key(system)}`,
      `resolver_preload: {`,
      `  ${key(account)}: ${token(key(account), 'account', { limits })}`,
      `  ${key(system)}: ${token(key(system), 'account', { limits: noJetStream })}`,
      '}',
    ].join('\n'),
  });
  const credentials = (seed: string) => {
    const jwt = token(key(user), 'user', { subs: -1, data: -1, payload: -1 });
    return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  };

  it('are the contents of a credentials file', async () => {
    const seed = Buffer.from(user.getSeed()).toString();
    expect(await attempt({ servers: [nats().servers], credentials: credentials(seed) })).toBe('in');
  });

  it('of somebody else are refused', async () => {
    const seed = Buffer.from(nkeys.createUser().getSeed()).toString();
    expect(await attempt({ servers: [nats().servers], credentials: credentials(seed) })).toMatch(/authorization/i);
  });

  it('that are none are refused with a reason', async () => {
    expect(await attempt({ servers: [nats().servers], credentials: 'none' })).not.toBe('in');
  });
});

describe('without a server', () => {
  it('it fails in bounded time, and says where it looked', async () => {
    const startMs = performance.now();
    expect(await attempt({ servers: ['127.0.0.1:1'] })).toContain('127.0.0.1:1');
    expect(performance.now() - startMs).toBeLessThan(6_000);
  });

  it('an address that is none is said to be none', async () => {
    expect(await attempt({ servers: ['nats://:::'] })).toContain('no connection');
  });
});

it('the clients are loaded when they are used, and not before', async () => {
  const script = `
    import { createRequire } from 'node:module';
    const { _cache } = createRequire(import.meta.url)('node:module');
    const loaded = () => Object.keys(_cache).some((path) => path.includes('@nats-io'));
    const { connectNats, systemClock, systemRandom } = await import('@millrace/runtime');
    const before = loaded();
    await connectNats({ servers: ['127.0.0.1:1'] }, { clock: systemClock, random: systemRandom });
    console.log(before, loaded());`;
  const args = ['--conditions=source', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: join(import.meta.dirname, '../../../channel'),
  });
  expect(stdout.trim()).toBe('false true');
});
