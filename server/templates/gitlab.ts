// GitLab.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { isNone, outcomeOf, readDeployment, readPush, refOf } from './forge.ts';
import type { Template, Told } from './template.ts';
import { escapeMarkdown, firstOf, joined, listAt, objectAt, textAt } from './values.ts';

interface Event {
  readonly body: JsonObject;
  readonly attributes: JsonObject;
  /** The project. */
  readonly where: string;
  /** The link of the project. */
  readonly link: string;
}

/** Undefined for what is not told. */
type Tell = (event: Event) => Told | undefined;

const RESULTS: Readonly<Record<string, string>> = { success: 'success', failed: 'failure' };

const pipeline: Tell = ({ body, attributes, where, link }) => {
  const status = textAt(attributes, 'status');
  if (!['success', 'failed', 'canceled', 'skipped'].includes(status)) return undefined;
  const { words, ...outcome } = outcomeOf(RESULTS[status] ?? status);
  const [ref, id] = [textAt(attributes, 'ref'), textAt(attributes, 'id')];
  const about = joined(' · ', ref, textAt(body, 'commit', 'title'), textAt(body, 'user', 'name'));
  const failed = listAt(body, 'builds').flatMap((build) =>
    textAt(build, 'status') === 'failed' ? [joined(': ', textAt(build, 'stage'), textAt(build, 'name'))] : [],
  );
  return {
    title: `${where}: pipeline ${words}`,
    body: joined('\n\n', escapeMarkdown(about), failed.map((one) => `- ${escapeMarkdown(one)}`).join('\n')),
    ...outcome,
    identity: joined('/', where, ref),
    click: [textAt(attributes, 'url'), link === '' || id === '' ? '' : `${link}/-/pipelines/${id}`],
  };
};

const build: Tell = ({ body, where, link }) => {
  const isAllowed = body['build_allow_failure'] === true;
  if (textAt(body, 'build_status') !== 'failed' || isAllowed) return undefined;
  const id = textAt(body, 'build_id');
  const lines = [textAt(body, 'ref'), textAt(body, 'build_stage'), textAt(body, 'build_failure_reason')];
  return {
    title: `${where}: ${textAt(body, 'build_name') || 'job'} failed`,
    body: escapeMarkdown(joined(' · ', ...lines)),
    priority: 4,
    click: [link === '' || id === '' ? link : `${link}/-/jobs/${id}`],
  };
};

const deployment: Tell = ({ body, where, link }) => {
  const status = textAt(body, 'status');
  if (!['success', 'failed', 'canceled'].includes(status)) return undefined;
  const isGood = status === 'canceled' ? undefined : status === 'success';
  return {
    ...readDeployment(where, textAt(body, 'environment'), isGood),
    body: escapeMarkdown(
      joined(' · ', textAt(body, 'ref'), textAt(body, 'commit_title'), textAt(body, 'user', 'name')),
    ),
    click: [textAt(body, 'environment_external_url'), textAt(body, 'deployable_url'), link],
  };
};

const push: Tell = ({ body, where, link }) =>
  readPush({
    ...{ body, where, ref: refOf(textAt(body, 'ref')), repository: link, isForced: false },
    isNew: isNone(textAt(body, 'before')),
    isDeleted: isNone(textAt(body, 'after')),
    total: Number(textAt(body, 'total_commits_count')) || 0,
    by: textAt(body, 'user_name'),
    changes: textAt(listAt(body, 'commits').at(-1), 'url'),
  });

const release: Tell = ({ body, where, link }) => {
  if (textAt(body, 'action') !== 'create') return undefined;
  return {
    title: joined(' ', `${where}:`, firstOf(textAt(body, 'name'), textAt(body, 'tag')), 'released'),
    body: textAt(body, 'description'),
    priority: 3,
    click: [textAt(body, 'url'), link],
  };
};

const DONE: Readonly<Record<string, string>> = {
  open: 'opened',
  close: 'closed',
  reopen: 'reopened',
  merge: 'merged',
  approved: 'approved',
};

/** An issue or a merge request. */
function item(mark: string): Tell {
  return ({ attributes, where, link }) => {
    const action = textAt(attributes, 'action');
    const done = Object.hasOwn(DONE, action) ? DONE[action] : undefined;
    if (done === undefined) return undefined;
    return {
      title: `${where}${mark}${textAt(attributes, 'iid')} ${done}: ${textAt(attributes, 'title')}`,
      body: action === 'open' ? textAt(attributes, 'description') : '',
      identity: joined('/', where, textAt(attributes, 'iid')),
      click: [textAt(attributes, 'url'), link],
    };
  };
}

const note: Tell = ({ body, attributes, where, link }) => ({
  title: `${where}: ${textAt(body, 'user', 'name') || 'someone'} commented`,
  body: textAt(attributes, 'note'),
  click: [textAt(attributes, 'url'), link],
});

const KINDS: Readonly<Record<string, Tell>> = {
  pipeline,
  build,
  deployment,
  push,
  tag_push: push,
  release,
  merge_request: item('!'),
  issue: item('#'),
  work_item: item('#'),
  incident: item('#'),
  note,
};

/** GitLab. */
export const gitlab: Template = ({ body }) => {
  const kind = isObject(body) ? textAt(body, 'object_kind') : '';
  if (!isObject(body) || kind === '') return undefined;
  const where = firstOf(
    textAt(body, 'project', 'path_with_namespace'),
    textAt(body, 'project_name'),
    textAt(body, 'project', 'name'),
    'GitLab',
  );
  const link = firstOf(textAt(body, 'project', 'web_url'), textAt(body, 'repository', 'homepage'));
  const event = { body, attributes: objectAt(body, 'object_attributes'), where, link };
  const tell = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (tell === undefined) return { title: `${where}: ${kind.replaceAll('_', ' ')}`, click: [link] };
  const state = firstOf(
    textAt(body, 'build_status'),
    textAt(event.attributes, 'action'),
    textAt(event.attributes, 'status'),
    textAt(body, 'status'),
    textAt(body, 'action'),
  );
  return tell(event) ?? { ignored: joined(' ', kind, state) };
};
