import { binary } from '@millrace/api';
import { describe, expect, it } from 'vitest';
import { eventKinds, toEvent } from '../../src/github/index.ts';
import { readPayload } from '../../src/github/payload.ts';
import { examples } from '../support/examples.ts';
import { gitHubRoute } from '../support/routes.ts';

function made(kind: string, json: unknown, route = gitHubRoute()) {
  const read = readPayload('application/json', Buffer.from(JSON.stringify(json)));
  if (read.kind === 'bad') throw new Error(read.reason);
  const result = toEvent(route, { kind, id: 'delivery-1', payload: read.payload });
  if (result.kind === 'invalid') throw new Error(result.message);
  return result.event;
}

/** The kinds of reference section 6.11, with the smallest payload that shows the mapping. */
const repository = { id: 35129377, name: 'Hello-World', owner: { login: 'Codertocat' } };
const who = { owner: 'Codertocat', repository: 'Hello-World', sender: 'octo' };
const sender = { login: 'octo', id: 1 };
const installation = { id: 234 };
const page = (name: string) => ({ page_name: name, title: 'x' });
const commentUrl = 'https://github.com/Codertocat/Hello-World/issues/2#issuecomment-393304133';
const compareUrl = 'https://github.com/Codertocat/Hello-World/compare/a10867b14bb7...000000000000';

const table: readonly (readonly [string, object, string | undefined, Record<string, string>])[] = [
  ['check_run', { action: 'created', check_run: { id: 128620228 } }, '128620228', { action: 'created' }],
  ['check_suite', { action: 'completed', check_suite: { id: 5 } }, '5', { action: 'completed' }],
  [
    'commit_comment',
    { comment: { html_url: 'https://github.com/o/r/commit/a1#commitcomment-2' } },
    'a1#commitcomment-2',
    {},
  ],
  ['create', { ref: 'simple-tag', ref_type: 'tag' }, 'tag', { ref: 'simple-tag' }],
  ['delete', { ref: 'feature/x', ref_type: 'branch' }, 'branch', { ref: 'feature/x' }],
  ['deployment', { deployment: { id: 87972451 } }, '87972451', {}],
  ['deployment_status', { deployment: { id: 87972451 }, deployment_status: { id: 1 } }, '87972451', {}],
  ['fork', { forkee: { id: 135493281 } }, '135493281', {}],
  ['gollum', { pages: [page('Home'), page('Main')] }, 'Home,Main', {}],
  ['installation', { action: 'deleted', installation }, '234', { action: 'deleted', installation: '234' }],
  ['installation_repositories', { action: 'added', installation }, '234', { action: 'added', installation: '234' }],
  ['integration_installation', { action: 'created', installation }, '234', { action: 'created', installation: '234' }],
  [
    'issue_comment',
    { action: 'created', comment: { html_url: commentUrl } },
    '2#issuecomment-393304133',
    { action: 'created' },
  ],
  ['issues', { action: 'opened', issue: { number: 1 } }, '1', { action: 'opened' }],
  [
    'issues',
    { action: 'labeled', issue: { number: 1 }, label: { name: 'bug' }, assignee: { login: 'a' } },
    '1',
    { action: 'labeled', label: 'bug', assignee: 'a' },
  ],
  [
    'label',
    { action: 'deleted', label: { name: ':bug: Bugfix' } },
    ':bug: Bugfix',
    { action: 'deleted', label: ':bug: Bugfix' },
  ],
  ['member', { action: 'added', member: { id: 60 } }, '60', { action: 'added' }],
  ['milestone', { action: 'created', milestone: { number: 3, id: 9 } }, '3', { action: 'created' }],
  ['page_build', { id: 111 }, '111', {}],
  ['ping', { zen: 'z', hook_id: 30 }, '30', {}],
  ['project', { action: 'created', project: { id: 1 } }, 'created', { action: 'created' }],
  ['project_card', { action: 'moved', project_card: { id: 1 } }, 'moved', { action: 'moved' }],
  ['project_column', { action: 'edited', project_column: { id: 1 } }, 'edited', { action: 'edited' }],
  ['public', {}, '35129377', {}],
  [
    'pull_request',
    { action: 'labeled', number: 2, pull_request: { number: 2, id: 7 }, installation, label: { name: 'x' } },
    '2',
    { action: 'labeled', number: '2', installation: '234', label: 'x' },
  ],
  [
    'pull_request_review',
    { action: 'submitted', review: { id: 23, state: 'approved' } },
    '23',
    { action: 'submitted', review: 'approved' },
  ],
  ['pull_request_review_comment', { action: 'created', comment: { id: 45 } }, '45', { action: 'created' }],
  [
    'push',
    {
      compare: compareUrl,
      ref: 'refs/tags/t',
      pusher: { name: 'P' },
      created: false,
      deleted: true,
      forced: false,
      installation,
    },
    'a10867b14bb7...000000000000',
    { ref: 'refs/tags/t', pusher: 'P', created: 'false', deleted: 'true', forced: 'false', installation: '234' },
  ],
  [
    'release',
    { action: 'published', release: { tag_name: '0.0.1', name: 'First' } },
    '0.0.1',
    { action: 'published', release: 'First' },
  ],
  ['repository', { action: 'publicized' }, '35129377', { action: 'publicized' }],
  ['repository_vulnerability_alert', { action: 'create', alert: { id: 7649605 } }, '7649605', { action: 'create' }],
  [
    'security_advisory',
    { action: 'published', security_advisory: { ghsa_id: 'GHSA-rf4j' } },
    'GHSA-rf4j',
    { action: 'published' },
  ],
  [
    'status',
    { sha: '6113', state: 'success', name: 'o/r', context: 'ci' },
    '6113',
    { state: 'success', name: 'o/r', context: 'ci' },
  ],
  ['team', { action: 'created', team: { id: 3 } }, '3', { action: 'created' }],
  ['team_add', { team: { id: 3 } }, '35129377', {}],
  ['watch', { action: 'started' }, '35129377', { action: 'started' }],
];

describe('mapping per kind (reference 6.11)', () => {
  it.each(table)('%s %j', (kind, fields, subject, extra) => {
    const { attributes } = made(kind, { ...fields, repository, sender });
    expect({ ...attributes }).toEqual({
      id: 'delivery-1',
      source: 'https://github.com/octo/mill',
      type: `dev.knative.source.github.${kind}`,
      datacontenttype: 'application/json',
      subject,
      ...who,
      ...extra,
    });
  });

  it.each([
    ['membership', { action: 'added', scope: 'team', member: { id: 60 } }, '60', { scope: 'team' }],
    ['organization', { action: 'member_added' }, 'member_added', {}],
    ['org_block', { action: 'blocked' }, 'blocked', {}],
  ])('%s: the owner is the organization', (kind, fields, subject, extra) => {
    const { attributes } = made(kind, { ...fields, organization: { login: 'Octocoders' }, sender });
    expect(attributes).toMatchObject({ subject, owner: 'Octocoders', sender: 'octo', action: fields.action, ...extra });
    expect('repository' in attributes).toBe(false);
  });

  it('installation is an extension only of pull_request*, push, release and installation*', () => {
    const payload = { action: 'a', repository, sender, installation, issue: { number: 1 } };
    const having = [...eventKinds.keys()].filter((kind) => 'installation' in made(kind, payload).attributes);
    expect(having.every((kind) => /^(pull_request.*|push|release|(integration_)?installation.*)$/.test(kind))).toBe(
      true,
    );
    expect(having).toEqual(
      expect.arrayContaining(['pull_request', 'pull_request_review', 'push', 'release', 'installation']),
    );
  });
});

describe('every payload of @octokit/webhooks-examples', () => {
  it('there are hundreds, of kinds that are all known', () => {
    expect(examples.length).toBeGreaterThanOrEqual(300);
    expect(examples.map(({ kind }) => kind).filter((kind) => !eventKinds.has(kind))).toEqual([]);
  });

  it('becomes a valid event with a subject, whose headers decode to the same event and whose data are its bytes', () => {
    for (const { kind, index, payload } of examples) {
      const event = made(kind, payload);
      const headers: string[] = [];
      const body = binary.encode(event, headers);
      expect(binary.decode(headers, body), `${kind} ${index}`).toEqual({ kind: 'event', event });
      expect(event.attributes.subject, `${kind} ${index}`).toMatch(/./);
      expect(JSON.parse(Buffer.from(body).toString())).toEqual(payload);
    }
  });

  it('says who and where whenever the payload does', () => {
    for (const { kind, payload } of examples) {
      const { attributes } = made(kind, payload);
      expect(attributes.sender).toBe(payload.sender?.login);
      expect(attributes.repository).toBe(payload.repository?.name);
      expect(attributes.owner).toBe(payload.repository?.owner.login ?? payload.organization?.login);
      expect(attributes.action).toBe(payload.action);
    }
  });
});

describe('values', () => {
  it('that no attribute may have are left out or cleaned, so that the event still goes', () => {
    const event = made('release', {
      action: '',
      release: { tag_name: 'v1\n\t2\u0000', name: `\ud800é${'\u{1f980}'.repeat(3_000)}` },
      repository: { name: null, owner: { login: ['x'] } },
      sender: { login: '\u0007' },
    });
    expect(event.attributes).toMatchObject({ subject: 'v12' });
    for (const name of ['action', 'repository', 'owner', 'sender']) expect(event.attributes[name]).toBeUndefined();
    const { release } = event.attributes;
    expect([...(release ?? '')]).toHaveLength(1_024);
    expect(release?.startsWith('é\u{1f980}')).toBe(true);
  });

  it('of the prototype are not taken for values of the payload', () => {
    const { attributes } = made('status', { sha: {}, state: { toString: 1 } });
    expect(attributes.subject).toBeUndefined();
    expect(made('create', JSON.parse('{"__proto__": {"ref_type": "tag"}}')).attributes.subject).toBeUndefined();
  });

  it('of ceOverrides come last', () => {
    const route = gitHubRoute({ ceOverrides: { team: 'mill', owner: 'us' } });
    expect(made('watch', { repository, sender }, route).attributes).toMatchObject({ team: 'mill', owner: 'us' });
  });
});
