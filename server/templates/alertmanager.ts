// Alertmanager: one message for each group of alerts. Grafana sends the same shape.
import type { MessageAction } from '../../shared/actions.ts';
import { isObject, type JsonObject } from '../../shared/object.ts';
import type { Priority } from '../../shared/priority.ts';
import { severityOf } from './severity.ts';
import { openAction, type Template, type Told } from './template.ts';
import { codeOf, escapeMarkdown, firstOf, joined, listAt, objectAt, shownValue, textAt, textOf } from './values.ts';

const MAX_SHOWN = 10;

/** A group of alerts. */
export interface AlertGroup {
  readonly body: JsonObject;
  /** Those that fire first. */
  readonly alerts: readonly JsonObject[];
  readonly firing: readonly JsonObject[];
  readonly isResolved: boolean;
  readonly name: string;
}

/** The group in a payload; undefined if it has no list of alerts. */
export function groupOf(body: unknown): AlertGroup | undefined {
  if (!isObject(body) || !Array.isArray(body['alerts'])) return undefined;
  const given = listAt(body, 'alerts').filter(isObject);
  const whole = textAt(body, 'status').toLowerCase();
  const fires = (alert: JsonObject) => (textAt(alert, 'status') || whole).toLowerCase() !== 'resolved';
  const firing = given.filter(fires);
  const isResolved = whole === '' ? given.length > 0 && firing.length === 0 : whole === 'resolved';
  const name = firstOf(
    textAt(body, 'commonLabels', 'alertname'),
    textAt(body, 'groupLabels', 'alertname'),
    textAt(given[0], 'labels', 'alertname'),
    textAt(body, 'receiver'),
  );
  return { body, alerts: [...firing, ...given.filter((alert) => !fires(alert))], firing, isResolved, name };
}

function summaryOf(alert: JsonObject | undefined): string {
  return firstOf(textAt(alert, 'annotations', 'summary'), textAt(alert, 'annotations', 'title'));
}

/** The title of a group, without the word that says that it is over. */
export function groupTitle({ alerts, firing, name }: AlertGroup): string {
  const [first] = alerts;
  if (alerts.length > 1) return joined(' ', name, `(${firing.length || alerts.length})`);
  const instance = textAt(first, 'labels', 'instance');
  return summaryOf(first) || (name === '' || instance === '' ? name : `${name} on ${instance}`);
}

/** The title of a message about a group, with a word in front if the problem is over. */
export function stateTitle(title: string, isResolved: boolean): string {
  return isResolved ? `Resolved: ${title}` : title;
}

function labelsOf(alert: JsonObject): string {
  return Object.entries(objectAt(alert, 'labels'))
    .filter(([name, value]) => name !== 'alertname' && textOf(value) !== '')
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, 50)
    .map(([name, value]) => codeOf(`${name}=${shownValue(name, textOf(value))}`))
    .join(' ');
}

/** The values that Grafana has measured. */
function measuredOf(alert: JsonObject): string {
  return Object.entries(objectAt(alert, 'values'))
    .filter(([, value]) => textOf(value) !== '')
    .slice(0, 20)
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .join(', ');
}

/** A paragraph for each alert. @param title what is not told twice */
function groupBody({ body, alerts, firing, name }: AlertGroup, title: string): string {
  const shown = alerts.slice(0, MAX_SHOWN).map((alert, index) => {
    const summary = summaryOf(alert) || name;
    const ended = index < firing.length || firing.length === 0 ? '' : ' – resolved';
    const head =
      summary === title || (alerts.length === 1 && summary === name) ? '' : `**${escapeMarkdown(summary)}**${ended}`;
    const told = firstOf(textAt(alert, 'annotations', 'description'), textAt(alert, 'annotations', 'message'));
    return joined('\n', head, escapeMarkdown(told), escapeMarkdown(measuredOf(alert)), labelsOf(alert));
  });
  const truncated = Number(textAt(body, 'truncatedAlerts')) || 0;
  const more = alerts.length - shown.length + Math.max(0, truncated);
  return joined('\n\n', ...shown, more > 0 ? `and ${more} more` : '');
}

/** The highest priority of the alerts that fire. */
function groupPriority({ firing }: AlertGroup): Priority | undefined {
  const known = firing.flatMap(
    (alert) => severityOf(textAt(alert, 'labels', 'severity')) ?? severityOf(textAt(alert, 'labels', 'priority')) ?? [],
  );
  return known.toSorted((one, other) => other - one)[0];
}

/** The button for the runbook. */
export function runbookAction({ body, alerts }: AlertGroup): MessageAction[] {
  return openAction('Runbook', annotation(body, alerts, 'runbook_url'));
}

function annotation(body: JsonObject, alerts: readonly JsonObject[], name: string): string {
  return firstOf(textAt(body, 'commonAnnotations', name), ...alerts.map((alert) => textAt(alert, 'annotations', name)));
}

/** What a group says. Alertmanager and Grafana share this. */
export function readGroup(group: AlertGroup): Told {
  const { body, alerts, isResolved } = group;
  const title = groupTitle(group);
  const [first] = alerts;
  const dashboard = ['dashboard_url', 'dashboard'].map((name) => annotation(body, alerts, name));
  return {
    title: stateTitle(title, isResolved),
    body: groupBody(group, title),
    priority: groupPriority(group),
    click: [...(alerts.length === 1 ? [textAt(first, 'generatorURL')] : []), textAt(body, 'externalURL')],
    actions: [...runbookAction(group), ...openAction('Dashboard', firstOf(...dashboard))],
    state: isResolved ? 'resolved' : 'firing',
    identity: textAt(body, 'groupKey'),
  };
}

/** Alertmanager. */
export const alertmanager: Template = ({ body }) => {
  const group = groupOf(body);
  return group === undefined ? undefined : readGroup(group);
};
