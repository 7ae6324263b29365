// Sentry: hooks of integrations, and its old plugin.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { severityOf } from './severity.ts';
import type { Ignored, Template, Told } from './template.ts';
import { escapeMarkdown, firstOf, joined, objectAt, textAt } from './values.ts';

const ISSUE_OVER: ReadonlySet<string> = new Set(['resolved', 'archived', 'ignored']);

/** A title without the word that Sentry puts in front. */
function bare(title: string): string {
  return title.replace(/^(?:Resolved|Critical|Warning):\s*/i, '');
}

function bodyOf(thing: JsonObject, project: string, rule: string): string {
  const about = joined(' · ', project, textAt(thing, 'level'), rule);
  return joined('\n', ...[textAt(thing, 'culprit'), about].map(escapeMarkdown));
}

function readEvent(data: JsonObject): Told {
  const event = objectAt(data, 'event');
  const project = firstOf(textAt(event, 'project_name'), textAt(event, 'project_slug'), textAt(event, 'project'));
  return {
    title: bare(textAt(event, 'title')) || 'Sentry: event alert',
    body: bodyOf(event, project, textAt(data, 'triggered_rule')),
    state: 'firing',
    priority: severityOf(textAt(event, 'level')),
    identity: textAt(event, 'issue_id'),
    click: [textAt(event, 'web_url'), textAt(event, 'url')],
  };
}

function readMetric(action: string, data: JsonObject): Told {
  const isOver = action === 'resolved';
  const title = bare(textAt(data, 'description_title')) || 'metric alert';
  return {
    title: isOver ? `Resolved: ${title}` : title,
    body: escapeMarkdown(textAt(data, 'description_text')),
    state: isOver ? 'resolved' : 'firing',
    priority: severityOf(action),
    identity: firstOf(textAt(data, 'metric_alert', 'id'), textAt(data, 'metric_alert', 'alert_rule', 'id')),
    click: [textAt(data, 'web_url')],
  };
}

function readIssue(action: string, data: JsonObject): Told | Ignored {
  const isOver = ISSUE_OVER.has(action);
  if (!isOver && action !== 'created' && action !== 'unresolved') return { ignored: joined(' ', 'issue', action) };
  const issue = objectAt(data, 'issue');
  const title = bare(textAt(issue, 'title')) || 'Sentry: issue';
  return {
    title: isOver ? `Resolved: ${title}` : title,
    body: bodyOf(issue, firstOf(textAt(issue, 'project', 'name'), textAt(issue, 'project', 'slug')), ''),
    state: isOver ? 'resolved' : 'firing',
    priority: severityOf(textAt(issue, 'level')),
    identity: textAt(issue, 'id'),
    click: [textAt(issue, 'web_url'), textAt(issue, 'permalink')],
  };
}

function readPlugin(body: JsonObject): Told {
  const project = firstOf(textAt(body, 'project_name'), textAt(body, 'project'));
  return {
    title: bare(firstOf(textAt(body, 'message'), textAt(body, 'event', 'title'))) || 'Sentry',
    body: bodyOf(body, project, ''),
    state: 'firing',
    priority: severityOf(textAt(body, 'level')),
    identity: textAt(body, 'id'),
    click: [textAt(body, 'url')],
  };
}

/** What a body is about, if no header says it. */
function guessed(data: JsonObject): string {
  if (isObject(data['metric_alert'])) return 'metric_alert';
  if (isObject(data['event'])) return 'event_alert';
  return isObject(data['issue']) ? 'issue' : '';
}

/** Sentry. */
export const sentry: Template = ({ body, header }) => {
  if (!isObject(body)) return undefined;
  const data = objectAt(body, 'data');
  const action = textAt(body, 'action');
  const resource = header('sentry-hook-resource') || guessed(data);
  switch (resource) {
    case 'event_alert':
      return readEvent(data);
    case 'metric_alert':
      return readMetric(action, data);
    case 'issue':
      return readIssue(action, data);
    case 'comment': {
      const project = firstOf(textAt(data, 'project_slug'), textAt(data, 'project'), 'Sentry');
      return { title: `${project}: comment`, body: textAt(data, 'comment') };
    }
    case '':
      return textAt(body, 'project_name') === '' && !isObject(body['event']) ? undefined : readPlugin(body);
    default:
      return { ignored: joined(' ', resource, action) };
  }
};
