/** Keys in the bucket of cursors: `<log>.<what>`, with names written so that any text is a key. */

/** The bucket, one an account: all logs keep their cursors and leases there. */
export const cursorBucket = 'millrace_cursors';

/** A name as one part of a key: letters, digits, dash and underscore stay; every other byte is `=` and two hexadecimal digits. */
export function keyPart(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  let part = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const char = String.fromCharCode(byte);
    part += /[A-Za-z0-9_-]/.test(char) ? char : `=${byte.toString(16).padStart(2, '0')}`;
  }
  return part === '' ? '=' : part;
}

export function nameOfPart(part: string): string {
  if (!part.includes('=')) return part;
  const bytes: number[] = [];
  for (let at = 0; at < part.length; at += 1) {
    if (part[at] !== '=') bytes.push(part.charCodeAt(at));
    else if (at + 2 < part.length) {
      bytes.push(Number.parseInt(part.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

export interface LogKeys {
  /** Where the log lives: stream, subject, ours or not. */
  readonly about: string;
  /** Who dispatches it, renewed again and again. */
  readonly lease: string;
  /** For how long a lease was seen unchanged, by those who wait for it. */
  readonly sighting: string;
  /** Written with every commit, each after the one before: the shared reader's position, and what changed lately. */
  readonly head: string;
  cursor(name: string): string;
  /** All keys of the log. */
  readonly all: string;
}

export function keysOf(log: string): LogKeys {
  const prefix = keyPart(log);
  return {
    about: `${prefix}.about`,
    lease: `${prefix}.lease`,
    sighting: `${prefix}.sighting`,
    head: `${prefix}.head`,
    cursor: (name) => `${prefix}.c.${keyPart(name)}`,
    all: `${prefix}.>`,
  };
}

/** The cursor's name in a key; undefined when the key is not a cursor's. */
export function cursorInKey(key: string): string | undefined {
  const [, kind, part] = key.split('.');
  return kind === 'c' && part !== undefined ? nameOfPart(part) : undefined;
}
