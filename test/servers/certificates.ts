/** Certificates for a server on the loopback and its clients, made anew for each server by openssl. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

/** Files as a server reads them. */
export interface ServerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Key and certificates in one file. */
  readonly keystore: string;
}

/** PEM texts as the reference's Secrets hold them: `ca.crt`, `user.crt`, `user.key`. */
export interface ClientTls {
  readonly caCrt: string;
  readonly userCrt: string;
  readonly userKey: string;
}

/** An authority, a server's certificate for the loopback and a user's certificate, valid for two days. */
export async function makeCertificates(
  folder: string,
): Promise<{ readonly server: ServerTls; readonly client: ClientTls }> {
  const openssl = (...args: readonly string[]) => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=Millrace test authority',
  );
  for (const [name, subject, extension] of [
    ['server', '/CN=127.0.0.1', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ['user', `/CN=millrace`, 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), `${extension}\n`);
    await openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  writeFileSync(join(folder, 'keystore.pem'), read('server.key') + read('server.crt') + read('ca.crt'));
  return {
    server: {
      ca: join(folder, 'ca.crt'),
      cert: join(folder, 'server.crt'),
      key: join(folder, 'server.key'),
      keystore: join(folder, 'keystore.pem'),
    },
    client: { caCrt: read('ca.crt'), userCrt: read('user.crt'), userKey: read('user.key') },
  };
}
