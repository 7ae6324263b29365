// Grafana: the shape of Alertmanager since its version 9, and a shape of its own before.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { groupOf, groupTitle, readGroup, runbookAction, stateTitle } from './alertmanager.ts';
import { openAction, type Template, type Told } from './template.ts';
import { escapeMarkdown, firstOf, joined, listAt, textAt } from './values.ts';

const STATES: Readonly<Record<string, Pick<Told, 'state' | 'priority'>>> = {
  alerting: { state: 'firing', priority: 4 },
  no_data: { state: 'firing', priority: 4 },
  ok: { state: 'resolved' },
  paused: { priority: 2 },
  pending: { priority: 2 },
};

function readOld(body: JsonObject): Told {
  const state = textAt(body, 'state').toLowerCase();
  const name = firstOf(textAt(body, 'ruleName'), textAt(body, 'title'));
  const matches = listAt(body, 'evalMatches').map((match) => {
    const [metric, value] = [textAt(match, 'metric'), textAt(match, 'value')];
    return metric === '' ? '' : `${metric} = ${value}`;
  });
  return {
    title: stateTitle(name, state === 'ok'),
    body: joined('\n', ...[textAt(body, 'message'), ...matches].map(escapeMarkdown)),
    click: [textAt(body, 'ruleUrl')],
    image: textAt(body, 'imageUrl'),
    identity: textAt(body, 'ruleId'),
    ...(Object.hasOwn(STATES, state) ? STATES[state] : {}),
  };
}

/** Grafana. */
export const grafana: Template = ({ body }) => {
  const group = groupOf(body);
  if (group === undefined) return isObject(body) && textAt(body, 'ruleName') !== '' ? readOld(body) : undefined;
  const { alerts, firing, isResolved } = group;
  const told = readGroup(group);
  const own = textAt(body, 'title')
    .replace(/^\[(?:FIRING|RESOLVED)[^\]]*\]/i, '')
    .trim();
  const hasSummary = alerts.length === 1 && textAt(alerts[0], 'annotations', 'summary') !== '';
  const title = hasSummary || own === '' ? groupTitle(group) : own;
  const message = textAt(body, 'message');
  const isOwn = message !== '' && !/^\*\*(?:Firing|Resolved)\*\*/.test(message);
  const [first] = firing;
  const links = ['panelURL', 'dashboardURL', 'generatorURL'].map((name) => textAt(first, name));
  return {
    ...told,
    title: stateTitle(title, isResolved),
    body: isOwn ? message : (told.body ?? ''),
    click: [...links, textAt(body, 'externalURL')],
    image: firstOf(...alerts.map((alert) => textAt(alert, 'imageURL'))),
    actions: [...openAction('Silence', textAt(first, 'silenceURL')), ...runbookAction(group)],
    identity: joined('/', textAt(body, 'orgId'), textAt(body, 'groupKey')),
  };
};
