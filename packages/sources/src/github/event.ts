/**
 * What a GitHubSource emits for a webhook request. Source: reference section 6.11.
 *
 * The data are the bytes that GitHub signed, not the payload printed again; of a form the value of its field `payload`.
 * A value the payload does not have is left out: the reference writes empty texts and zeroes for some of them.
 */
import { type DecodedEvent, type GitHubSourceRoute, type Invalid, makeEvent } from '@millrace/api';
import { overrides } from '../overrides.ts';
import { type EventKind, eventKinds, type SubjectField } from './kinds.ts';
import type { Payload } from './payload.ts';

const gitHubEventTypePrefix = 'dev.knative.source.github.';

/** Characters of one attribute: names of releases and lists of wiki pages have no limit, header lines of servers do. */
const attributeCharsMax = 1_024;

/** What no attribute may contain (CloudEvents 1.0 section 3.1): control characters, noncharacters, lone surrogates. */
const forbidden = /[\p{Cc}\p{Cs}\ufdd0-\ufdef\p{Noncharacter_Code_Point}]/gu;

const common = { repository: 'repository.name', sender: 'sender.login', action: 'action' };

export interface Delivery {
  /** Header `X-GitHub-Event`: one of `eventKinds`. */
  readonly kind: string;
  /** Header `X-GitHub-Delivery`. */
  readonly id: string;
  readonly payload: Payload;
}

/** One webhook request as an event. `delivery.kind` is known, the caller has looked. */
export function toEvent(route: GitHubSourceRoute, delivery: Delivery): DecodedEvent | Invalid {
  const { kind, id, payload } = delivery;
  const found = eventKinds.get(kind);
  const json = payload.json;
  return makeEvent({
    id,
    source: `https://github.com/${route.spec.ownerAndRepository}`,
    type: gitHubEventTypePrefix + kind,
    datacontenttype: 'application/json',
    subject: found && clean(subjectOf(json, found.subject)),
    owner: clean(read(json, 'repository.owner.login') ?? read(json, 'organization.login')),
    ...extensions(json, common),
    ...(found && extensions(json, found.extensions)),
    ...overrides(route.ceOverrides),
    data: payload.bytes,
  });
}

function extensions(json: unknown, paths: EventKind['extensions']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, clean(read(json, path))]));
}

function subjectOf(json: unknown, subject: SubjectField): string | undefined {
  switch (subject.kind) {
    case 'field':
      return read(json, subject.path);
    case 'last-part':
      return read(json, subject.path)?.split('/').at(-1);
    case 'joined': {
      const list = member(json, subject.list);
      if (!Array.isArray(list)) return undefined;
      return list
        .map((each) => read(each, subject.path))
        .filter((text) => text !== undefined)
        .join(',');
    }
  }
}

/** The text, number or boolean at a path, as CloudEvents writes it; undefined when there is none. */
function read(json: unknown, path: string): string | undefined {
  const value = path.split('.').reduce(member, json);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A text as an attribute may have it; nothing when nothing is left. */
function clean(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const allowed = text.replace(forbidden, '');
  const cut = [...allowed.slice(0, attributeCharsMax * 2)].slice(0, attributeCharsMax).join('');
  return cut === '' ? undefined : cut;
}
