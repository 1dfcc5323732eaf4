/**
 * The webhook events of GitHub and where each keeps what becomes the CloudEvent's subject and extensions.
 *
 * A field is a path into the payload. The first 39 kinds are those the reference's adapter knows (reference section 6.11); the
 * ones after them came to GitHub later and follow the same pattern: the subject is the object's own number or id.
 */

/** Which text of the payload the subject is taken from. */
export type SubjectField =
  | { readonly kind: 'field'; readonly path: string }
  /** What follows the last slash of a URL or path. */
  | { readonly kind: 'last-part'; readonly path: string }
  /** One field of every member of a list, joined by commas. */
  | { readonly kind: 'joined'; readonly list: string; readonly path: string };

export interface EventKind {
  readonly subject: SubjectField;
  /** Extension name → path, beside `owner`, `repository`, `sender` and `action`, which every kind has where it can. */
  readonly extensions: Readonly<Record<string, string>>;
}

const field = (path: string, extensions: EventKind['extensions'] = {}): EventKind => ({
  subject: { kind: 'field', path },
  extensions,
});

const lastPart = (path: string, extensions: EventKind['extensions'] = {}): EventKind => ({
  subject: { kind: 'last-part', path },
  extensions,
});

const installation = { installation: 'installation.id' };
const alert = field('alert.number');

/** By the value of the header `X-GitHub-Event`. A kind that is not here is answered 404. */
export const eventKinds: ReadonlyMap<string, EventKind> = new Map(
  Object.entries({
    check_run: field('check_run.id'),
    check_suite: field('check_suite.id'),
    commit_comment: lastPart('comment.html_url'),
    create: field('ref_type', { ref: 'ref' }),
    delete: field('ref_type', { ref: 'ref' }),
    deployment: field('deployment.id'),
    deployment_status: field('deployment.id'),
    fork: field('forkee.id'),
    gollum: { subject: { kind: 'joined', list: 'pages', path: 'page_name' }, extensions: {} } as EventKind,
    installation: field('installation.id', installation),
    installation_repositories: field('installation.id', installation),
    integration_installation: field('installation.id', installation),
    integration_installation_repositories: field('installation.id', installation),
    issue_comment: lastPart('comment.html_url'),
    issues: field('issue.number', { label: 'label.name', assignee: 'assignee.login' }),
    label: field('label.name', { label: 'label.name' }),
    member: field('member.id'),
    membership: field('member.id', { scope: 'scope' }),
    milestone: field('milestone.number'),
    organization: field('action'),
    org_block: field('action'),
    page_build: field('id'),
    ping: field('hook_id'),
    project: field('action'),
    project_card: field('action'),
    project_column: field('action'),
    public: field('repository.id'),
    pull_request: field('pull_request.number', {
      ...installation,
      number: 'number',
      label: 'label.name',
      assignee: 'assignee.login',
    }),
    pull_request_review: field('review.id', { ...installation, review: 'review.state' }),
    pull_request_review_comment: field('comment.id', installation),
    push: lastPart('compare', {
      ...installation,
      pusher: 'pusher.name',
      ref: 'ref',
      created: 'created',
      deleted: 'deleted',
      forced: 'forced',
    }),
    release: field('release.tag_name', { ...installation, release: 'release.name' }),
    repository: field('repository.id'),
    repository_vulnerability_alert: field('alert.id'),
    security_advisory: field('security_advisory.ghsa_id'),
    status: field('sha', { state: 'state', name: 'name', context: 'context' }),
    team: field('team.id'),
    team_add: field('repository.id'),
    watch: field('repository.id'),

    branch_protection_configuration: field('repository.id'),
    branch_protection_rule: field('rule.id'),
    code_scanning_alert: alert,
    custom_property: field('definition.property_name'),
    custom_property_values: field('repository.id'),
    dependabot_alert: alert,
    deploy_key: field('key.id'),
    deployment_protection_rule: field('deployment.id'),
    deployment_review: field('workflow_run.id'),
    discussion: field('discussion.number', { label: 'label.name' }),
    discussion_comment: lastPart('comment.html_url'),
    github_app_authorization: field('action'),
    installation_target: field('installation.id', installation),
    issue_dependencies: field('blocked_issue.number'),
    marketplace_purchase: field('marketplace_purchase.account.id'),
    merge_group: field('merge_group.head_sha'),
    meta: field('hook_id'),
    package: field('package.id'),
    personal_access_token_request: field('personal_access_token_request.id'),
    projects_v2: field('action'),
    projects_v2_item: field('action'),
    projects_v2_status_update: field('action'),
    pull_request_review_thread: field('pull_request.number', installation),
    registry_package: field('registry_package.id'),
    repository_advisory: field('repository_advisory.ghsa_id'),
    repository_dispatch: field('action'),
    repository_import: field('repository.id'),
    repository_ruleset: field('repository_ruleset.id'),
    secret_scanning_alert: alert,
    secret_scanning_alert_location: alert,
    secret_scanning_scan: field('type'),
    security_and_analysis: field('repository.id'),
    sponsorship: field('sponsorship.node_id'),
    star: field('repository.id'),
    sub_issues: field('parent_issue.number'),
    workflow_dispatch: lastPart('workflow', { ref: 'ref' }),
    workflow_job: field('workflow_job.id'),
    workflow_run: field('workflow_run.id'),
  }),
);
