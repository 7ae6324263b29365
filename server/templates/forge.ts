// What GitHub, Gitea and GitLab have in common: commits, results of runs, and how their events are told.
import type { Told } from './template.ts';
import { escapeMarkdown, firstLine, joined, listAt, textAt } from './values.ts';

const MAX_COMMITS = 10;

/** The name of a branch or a tag. */
export interface Ref {
  readonly name: string;
  readonly isTag: boolean;
}

/** The branch or tag of `refs/heads/main`, or of a name that has no such part. */
export function refOf(ref: string): Ref {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  return { name: name ?? ref, isTag: kind === 'tags' };
}

/** Whether a commit is the one of zeros that stands for none. */
export function isNone(commit: string): boolean {
  return /^0{7,}$/.test(commit);
}

/** A push to a branch or a tag. */
export interface Push {
  /** The repository. */
  readonly where: string;
  readonly ref: Ref;
  readonly body: unknown;
  readonly isNew: boolean;
  readonly isDeleted: boolean;
  readonly isForced: boolean;
  /** How many commits, if the payload says it: its list may be cut. */
  readonly total: number;
  readonly by: string;
  /** Where the changes can be seen, and the repository. */
  readonly changes: string;
  readonly repository: string;
}

/** Tells a push. */
export function readPush({ where, ref, body, isNew, isDeleted, isForced, ...push }: Push): Told {
  const { name, isTag } = ref;
  const commits = listAt(body, 'commits');
  const count = Math.max(push.total, commits.length);
  if (isDeleted) {
    const by = push.by === '' ? '' : `by ${push.by}`;
    return { title: `${where}: ${name} deleted`, body: escapeMarkdown(by), priority: 2, click: [push.repository] };
  }
  if (isTag) return { title: `${where}: tag ${name}`, click: [push.changes, push.repository] };
  if (isNew && count === 0) {
    return { title: `${where}: branch ${name} created`, priority: 2, click: [push.changes, push.repository] };
  }
  const lines = commits.slice(0, MAX_COMMITS).map((commit) => {
    const author = textAt(commit, 'author', 'name');
    return `- ${escapeMarkdown(joined(' ', firstLine(textAt(commit, 'message')), author === '' ? '' : `(${author})`))}`;
  });
  const told = isForced ? 'force-push' : `${count} ${count === 1 ? 'commit' : 'commits'}`;
  return { title: `${where}: ${told} to ${name}`, body: lines.join('\n'), click: [push.changes, push.repository] };
}

/** What a result means. */
export type Outcome = Pick<Told, 'state' | 'priority'> & { readonly words: string };

const SUCCEEDED: Outcome = { words: 'succeeded', state: 'resolved' };
const CONCLUSIONS: Readonly<Record<string, Outcome>> = {
  success: SUCCEEDED,
  failure: { words: 'failed', state: 'firing', priority: 4 },
  timed_out: { words: 'timed out', state: 'firing', priority: 4 },
  startup_failure: { words: 'failed to start', state: 'firing', priority: 4 },
  action_required: { words: 'needs approval', priority: 4 },
};

/** What the conclusion of a run means. */
export function outcomeOf(conclusion: string): Outcome {
  if (Object.hasOwn(CONCLUSIONS, conclusion)) return CONCLUSIONS[conclusion] as Outcome;
  return { words: conclusion.replaceAll('_', ' ') || 'ended', priority: 2 };
}

/** Tells what became of a deployment. @param isGood undefined if it was stopped */
export function readDeployment(where: string, environment: string, isGood: boolean | undefined): Told {
  const identity = joined('/', where, environment);
  const name = environment || 'deployment';
  if (isGood === undefined) return { title: `${where}: deployment to ${name} canceled`, priority: 2 };
  return isGood
    ? { title: `${where}: ${name} deployed`, state: 'resolved', identity }
    : { title: `${where}: deployment to ${name} failed`, state: 'firing', priority: 4, identity };
}
