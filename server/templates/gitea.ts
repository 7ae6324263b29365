// Gitea, Forgejo and Gogs: GitHub's events, with some of their own.
import { isObject } from '../../shared/object.ts';
import { type ForgeEvent, forgeEvent, tellEvent } from './github.ts';
import type { Ignored, Template, Told } from './template.ts';
import { escapeMarkdown, firstOf, joined, objectAt, textAt } from './values.ts';

/** Runs of Forgejo. */
function actionRun({ action, body, where, link }: ForgeEvent): Told {
  const run = objectAt(body, 'run');
  const [workflow, ref] = [textAt(run, 'workflow_id') || 'workflow', textAt(run, 'prettyref')];
  const index = textAt(run, 'index_in_repo');
  const isGood = action === 'success' || action === 'recover';
  return {
    title: `${where}: ${workflow} ${isGood ? 'succeeded' : 'failed'}`,
    body: escapeMarkdown(joined(' · ', ref, textAt(run, 'title'), index === '' ? '' : `#${index}`)),
    ...(isGood ? { state: 'resolved' } : { state: 'firing', priority: 4 }),
    identity: joined('/', where, workflow, ref),
    click: [textAt(run, 'html_url'), link],
  };
}

/** Branches and tags. A push tells those of branches. */
function reference({ event, body, where, link }: ForgeEvent): Told | Ignored {
  const [kind, ref] = [textAt(body, 'ref_type'), textAt(body, 'ref').replace(/^refs\/(?:heads|tags)\//, '')];
  if (event === 'create') {
    return kind === 'tag' ? { title: `${where}: tag ${ref}`, click: [link] } : { ignored: joined(' ', event, kind) };
  }
  return { ignored: joined(' ', event, kind) };
}

/** Gitea, Forgejo, Gogs. */
export const gitea: Template = ({ body, header }) => {
  if (!isObject(body)) return undefined;
  const names = ['forgejo', 'gitea', 'gogs', 'github'].map((name) => header(`x-${name}-event`));
  const event = firstOf(...names);
  if (event === '' && !isObject(body['repository'])) return undefined;
  const given = forgeEvent(event, body, 'Gitea');
  if (/^action_run_\w+$/.test(event)) {
    return actionRun({ ...given, action: given.action || event.slice('action_run_'.length) });
  }
  return event === 'create' || event === 'delete' ? reference(given) : tellEvent(given);
};
