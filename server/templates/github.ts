// GitHub, and Gitea, whose events are the same in most parts.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { isNone, outcomeOf, readDeployment, readPush, refOf } from './forge.ts';
import { severityOf } from './severity.ts';
import type { Ignored, Template, Told } from './template.ts';
import {
  escapeMarkdown,
  firstLine,
  firstOf,
  joined,
  listAt,
  objectAt,
  pathPart,
  textAt,
  textOf,
  valueAt,
} from './values.ts';

/** One event. */
export interface ForgeEvent {
  readonly event: string;
  readonly action: string;
  readonly body: JsonObject;
  /** The repository, or else the organization. */
  readonly where: string;
  /** The link of the repository. */
  readonly link: string;
}

/** Undefined for actions that are not told. */
type Tell = (event: ForgeEvent) => Told | undefined;

/** The name of a person: Gitea has another member for it. */
function personAt(value: unknown, ...path: readonly string[]): string {
  return firstOf(textAt(value, ...path, 'login'), textAt(value, ...path, 'username'));
}

const line = (...parts: readonly string[]) => escapeMarkdown(joined(' · ', ...parts));
const spaced = (text: string) => text.replaceAll('_', ' ');

const push: Tell = ({ body, where, link }) => {
  const [before, after] = [textAt(body, 'before'), textAt(body, 'after')];
  const isDeleted = body['deleted'] === true || isNone(after);
  return readPush({
    ...{ body, where, isDeleted, ref: refOf(textAt(body, 'ref')), repository: link },
    isNew: body['created'] === true || isNone(before),
    isForced: body['forced'] === true && !isDeleted,
    total: Number(textAt(body, 'total_commits')) || 0,
    by: firstOf(textAt(body, 'pusher', 'name'), personAt(body, 'pusher')),
    changes: firstOf(textAt(body, 'compare'), textAt(body, 'compare_url')),
  });
};

const release: Tell = ({ action, body, where }) => {
  if (action !== 'published') return undefined;
  const given = objectAt(body, 'release');
  const verb = given['prerelease'] === true ? 'pre-released' : 'released';
  return {
    title: joined(' ', `${where}:`, firstOf(textAt(given, 'name'), textAt(given, 'tag_name')), verb),
    body: textAt(given, 'body'),
    priority: 3,
    click: [textAt(given, 'html_url')],
  };
};

const workflowRun: Tell = ({ action, body, where, link }) => {
  if (action !== 'completed') return undefined;
  const run = objectAt(body, 'workflow_run');
  const path = textAt(run, 'path').split('@', 1)[0]?.split('/').at(-1) ?? '';
  const name = firstOf(textAt(run, 'name'), path, textAt(body, 'workflow', 'name'), 'workflow');
  const branch = textAt(run, 'head_branch');
  const number = textAt(run, 'run_number');
  const { words, ...outcome } = outcomeOf(textAt(run, 'conclusion'));
  const about = firstOf(textAt(run, 'display_title'), firstLine(textAt(run, 'head_commit', 'message')));
  return {
    title: `${where}: ${name} ${words}`,
    body: line(branch, about, number === '' ? '' : `#${number}`, personAt(run, 'actor')),
    ...outcome,
    // A failed run never recovers: the next run of the same workflow does.
    identity: joined('/', where, firstOf(textAt(run, 'workflow_id'), name), branch),
    click: [textAt(run, 'html_url'), link],
  };
};

const checkSuite: Tell = ({ action, body, where, link }) => {
  if (action !== 'completed') return undefined;
  const suite = objectAt(body, 'check_suite');
  const [app, branch, commit] = [textAt(suite, 'app', 'name'), textAt(suite, 'head_branch'), textAt(suite, 'head_sha')];
  const { words, ...outcome } = outcomeOf(textAt(suite, 'conclusion'));
  return {
    title: `${where}: ${app || 'checks'} ${words}`,
    body: line(branch, firstLine(textAt(suite, 'head_commit', 'message'))),
    ...outcome,
    identity: joined('/', where, app || 'checks', branch),
    click: [commit === '' || link === '' ? link : `${link}/commit/${pathPart(commit)}/checks`],
  };
};

const deploymentStatus: Tell = ({ body, where }) => {
  const status = objectAt(body, 'deployment_status');
  const state = textAt(status, 'state');
  if (!['success', 'failure', 'error'].includes(state)) return undefined;
  const environment = firstOf(textAt(status, 'environment'), textAt(body, 'deployment', 'environment'));
  return {
    ...readDeployment(where, environment, state === 'success'),
    body: line(textAt(body, 'deployment', 'ref'), textAt(status, 'description'), personAt(status, 'creator')),
    click: ['environment_url', 'log_url', 'target_url'].map((name) => textAt(status, name)),
  };
};

const status: Tell = ({ body, where }) => {
  const [state, context] = [textAt(body, 'state'), textAt(body, 'context')];
  if (!['failure', 'error', 'success'].includes(state)) return undefined;
  const branch = textAt(listAt(body, 'branches')[0], 'name');
  return {
    title: `${where}: ${joined(' ', context, state)}`,
    body: [
      textAt(body, 'description'),
      firstLine(textAt(body, 'commit', 'commit', 'message') || textAt(body, 'commit', 'message')),
    ]
      .filter(Boolean)
      .map(escapeMarkdown)
      .join('\n'),
    ...(state === 'success' ? { state: 'resolved' as const } : { state: 'firing' as const, priority: 4 as const }),
    identity: joined('/', where, context, branch),
    click: [textAt(body, 'target_url')],
  };
};

/** An issue or a pull request. */
function itemTold({ where, body }: ForgeEvent, item: JsonObject, done: string, isNew: boolean): Told {
  const number = firstOf(textAt(item, 'number'), textAt(body, 'number'));
  return {
    title: joined(' ', `${where}${number === '' ? '' : `#${number}`}`, done).concat(`: ${textAt(item, 'title')}`),
    body: isNew ? textAt(item, 'body') : '',
    identity: joined('/', where, number),
    click: [textAt(item, 'html_url')],
  };
}

const issues: Tell = (event) => {
  const { action, body } = event;
  if (!['opened', 'reopened', 'closed'].includes(action)) return undefined;
  return itemTold(event, objectAt(body, 'issue'), action, action === 'opened');
};

const pullRequest: Tell = (event) => {
  const { action, body } = event;
  if (!['opened', 'reopened', 'ready_for_review', 'closed', 'review_requested'].includes(action)) return undefined;
  const item = objectAt(body, 'pull_request');
  const done = action === 'closed' && item['merged'] === true ? 'merged' : spaced(action);
  return itemTold(event, item, done, action === 'opened');
};

const comment: Tell = ({ action, body, where }) => {
  if (action !== 'created' && action !== '') return undefined;
  const number = firstOf(textAt(body, 'issue', 'number'), textAt(body, 'pull_request', 'number'));
  const by = firstOf(personAt(body, 'comment', 'user'), personAt(body, 'sender'), 'someone');
  return {
    title: `${where}${number === '' ? '' : `#${number}`}: ${by} commented`,
    body: textAt(body, 'comment', 'body'),
    click: [textAt(body, 'comment', 'html_url')],
  };
};

const review: Tell = ({ action, body, where }) => {
  if (action !== 'submitted') return undefined;
  const given = objectAt(body, 'review');
  const state = textAt(given, 'state').toLowerCase();
  const done = state === 'approved' ? 'approved' : state === 'changes_requested' ? 'requested changes' : 'commented';
  const number = textAt(body, 'pull_request', 'number');
  return {
    title: `${where}${number === '' ? '' : `#${number}`}: ${personAt(given, 'user') || 'someone'} ${done}`,
    body: textAt(given, 'body'),
    identity: joined('/', where, number),
    click: [textAt(given, 'html_url')],
  };
};

const ALERT_OPEN: ReadonlySet<string> = new Set([
  'created',
  'reopened',
  'reintroduced',
  'appeared_in_branch',
  'create',
]);
const ALERT_OVER: ReadonlySet<string> = new Set(
  'fixed dismissed auto_dismissed resolved closed_by_user revoked resolve dismiss'.split(' '),
);

const securityAlert: Tell = ({ event, action, body, where, link }) => {
  if (!ALERT_OPEN.has(action) && !ALERT_OVER.has(action)) return undefined;
  const alert = objectAt(body, 'alert');
  const isOver = ALERT_OVER.has(action);
  const pack = firstOf(
    textAt(alert, 'dependency', 'package', 'name'),
    textAt(alert, 'security_vulnerability', 'package', 'name'),
    textAt(alert, 'affected_package_name'),
  );
  const severity = firstOf(
    textAt(alert, 'security_advisory', 'severity'),
    textAt(alert, 'rule', 'security_severity_level'),
    textAt(alert, 'rule', 'severity'),
    textAt(alert, 'severity'),
  );
  const summary = firstOf(
    textAt(alert, 'security_advisory', 'summary'),
    textAt(alert, 'rule', 'description'),
    textAt(alert, 'secret_type_display_name'),
    spaced(event),
  );
  return {
    title: `${isOver ? 'Resolved: ' : ''}${where}: ${summary}`,
    body: line(severity, pack),
    priority: severityOf(severity),
    state: isOver ? 'resolved' : 'firing',
    identity: joined('/', where, event, textAt(alert, 'number') || textAt(alert, 'id')),
    click: [textAt(alert, 'html_url'), link],
  };
};

/** Stars and forks. */
const interest: Tell = ({ event, action, body, where }) => {
  if (!['created', 'started', ''].includes(action) || (action === '' && event !== 'fork')) return undefined;
  const isFork = event === 'fork';
  const count = textAt(body, 'repository', isFork ? 'forks_count' : 'stargazers_count');
  return {
    title: `${where}: ${personAt(body, 'sender') || 'someone'} ${isFork ? 'forked' : 'starred'}`,
    body: count === '' ? '' : `${count} ${isFork ? 'forks' : 'stars'}`,
    priority: 2,
    click: [textAt(body, 'sender', 'html_url')],
  };
};

const ping: Tell = ({ body, where, link }) => ({
  title: `${where}: webhook works`,
  body: escapeMarkdown(textAt(body, 'zen')),
  priority: 2,
  click: [link],
});

const never: Tell = () => undefined;

const EVENTS: Readonly<Record<string, Tell>> = {
  ping,
  push,
  release,
  workflow_run: workflowRun,
  check_suite: checkSuite,
  // The suite and the run tell it.
  check_run: never,
  workflow_job: never,
  deployment_status: deploymentStatus,
  status,
  issues,
  pull_request: pullRequest,
  issue_comment: comment,
  pull_request_review_comment: comment,
  commit_comment: comment,
  pull_request_review: review,
  dependabot_alert: securityAlert,
  code_scanning_alert: securityAlert,
  secret_scanning_alert: securityAlert,
  repository_vulnerability_alert: securityAlert,
  star: interest,
  watch: interest,
  fork: interest,
};

/** An event of another kind. */
function other({ event, action, body, where, link }: ForgeEvent): Told {
  const known = new Set(['sender', 'repository', 'organization']);
  const own = Object.entries(body).flatMap(([name, value]) => (known.has(name) ? [] : [textAt(value, 'html_url')]));
  const by = personAt(body, 'sender');
  const done = spaced(joined(' ', event || 'event', action));
  return {
    title: `${where}: ${done}`,
    body: by === '' ? '' : escapeMarkdown(`by ${by}`),
    click: [firstOf(...own), link],
  };
}

/** The event in a body. @param fallback where it happened, if the body does not say it */
export function forgeEvent(event: string, body: JsonObject, fallback: string): ForgeEvent {
  const organization = valueAt(body, 'organization');
  return {
    event,
    action: textAt(body, 'action'),
    body,
    where: firstOf(textAt(body, 'repository', 'full_name'), personAt(organization) || textOf(organization), fallback),
    link: textAt(body, 'repository', 'html_url'),
  };
}

/** Tells an event as GitHub has it. */
export function tellEvent(given: ForgeEvent): Told | Ignored {
  const { event, action } = given;
  const tell = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  if (tell === undefined) return other(given);
  return tell(given) ?? { ignored: joined(' ', event, action) };
}

/** What an event is, where no header says it: a body that was sent on, or a test by hand. */
function guessed(body: JsonObject): string {
  const names = [
    'workflow_run',
    'check_suite',
    'deployment_status',
    'release',
    'review',
    'comment',
    'pull_request',
    'issue',
  ];
  const found = names.find((name) => isObject(body[name]));
  if (found === 'review') return 'pull_request_review';
  if (found === 'comment') return 'issue_comment';
  return found === 'issue' ? 'issues' : (found ?? (isObject(body['pusher']) ? 'push' : ''));
}

/** GitHub. */
export const github: Template = ({ body, header }) => {
  if (!isObject(body)) return undefined;
  const event = header('x-github-event') || guessed(body);
  const isKnown = event !== '' || isObject(body['repository']);
  return isKnown ? tellEvent(forgeEvent(event, body, 'GitHub')) : undefined;
};
