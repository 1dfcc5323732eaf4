/**
 * Keeps web pages away from a server on loopback. A page the user has open can send requests to localhost (told by its
 * Origin), or can have its own name point at 127.0.0.1 and so pass as the same site (told by the Host). Programs that
 * are no browsers send no Origin, and the Host they were given.
 *
 * A foreign Host is answered 421 (RFC 9110 section 15.5.20: not the server for this name), a foreign Origin 403.
 */
export interface GuardRequest {
  /** Host header: name or address, with or without a port; empty when there is none. */
  readonly host: string;
  readonly origin: string | undefined;
}

export interface GuardRefusal {
  readonly statusCode: 403 | 421;
  readonly error: string;
}

export interface OriginGuard {
  check(request: GuardRequest): GuardRefusal | undefined;
}

export interface OriginGuardOptions {
  /** Names and addresses besides loopback that are our own, without port; any port is taken. */
  readonly hosts?: readonly string[];
  /** Further names that may stand in Host (not in Origin), asked each time: those of the objects that are served. */
  readonly servesHost?: (hostname: string) => boolean;
}

/** Host names, lower case, without port, whose verdict is remembered. A client uses one; an attacker must not fill memory. */
const REMEMBERED_MAX = 256;

interface Verdict {
  /** Undefined when it is not a host. */
  readonly name: string | undefined;
  readonly own: boolean;
}

export function createOriginGuard({ hosts = [], servesHost = () => false }: OriginGuardOptions = {}): OriginGuard {
  const own = new Set(hosts.map((host) => hostnameOf(host) ?? host.toLowerCase()));
  const isOwn = (hostname: string): boolean => isLoopback(hostname) || own.has(hostname);
  const remembered = new Map<string, Verdict>();
  const verdictOn = (host: string): Verdict => {
    const known = remembered.get(host);
    if (known !== undefined) return known;
    const name = hostnameOf(host);
    const verdict = { name, own: name !== undefined && isOwn(name) };
    if (remembered.size < REMEMBERED_MAX) remembered.set(host, verdict);
    return verdict;
  };
  return {
    check({ host, origin }) {
      const { name, own } = verdictOn(host);
      if (!own && (name === undefined || !servesHost(name))) {
        return { statusCode: 421, error: `this server does not answer for the host ${shown(host)}` };
      }
      if (origin === undefined || isOwnOrigin(origin, isOwn)) return undefined;
      return { statusCode: 403, error: `requests from the origin ${shown(origin)} are not taken` };
    },
  };
}

function isOwnOrigin(origin: string, isOwn: (hostname: string) => boolean): boolean {
  // `null` is what sandboxed pages and local files send: nobody's, so foreign.
  const name = /^https?:\/\/(.+)$/i.exec(origin)?.[1];
  const hostname = name === undefined ? undefined : hostnameOf(name);
  return hostname !== undefined && isOwn(hostname);
}

const HOST = /^(\[[0-9a-f:.]+\]|[^[\]:/?#@\s\\,%]+)(?::\d{1,5})?$/i;

/** Lower case, without port and without a final dot; undefined when it is not a host. */
export function hostnameOf(host: string): string | undefined {
  const name = HOST.exec(host)?.[1]?.toLowerCase();
  return name?.endsWith('.') ? name.slice(0, -1) : name;
}

/** Names that resolve to this machine by RFC 6761 and addresses that do by RFC 1122 and RFC 4291. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname.endsWith('.localhost') ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

function shown(value: string): string {
  const text = JSON.stringify(value.slice(0, 100));
  return text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
