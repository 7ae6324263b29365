// The table of templates. A new one is a file and a line here, and a sign in recognise.ts.
import type { Content } from '../../shared/content.ts';
import { alertmanager } from './alertmanager.ts';
import { arr } from './arr.ts';
import { cloudevents } from './cloudevents.ts';
import { contentOf } from './content.ts';
import { discord } from './discord.ts';
import { readAnything } from './generic.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { grafana } from './grafana.ts';
import { healthchecks } from './healthchecks.ts';
import { proxmox } from './proxmox.ts';
import { recognise, type TemplateName } from './recognise.ts';
import { sentry } from './sentry.ts';
import { slack } from './slack.ts';
import type { Payload, Template } from './template.ts';
import { uptimeKuma } from './uptime-kuma.ts';

/** Each template, and what else it is called. */
const TEMPLATES: Readonly<Record<TemplateName, readonly [template: Template, ...names: readonly string[]]>> = {
  alertmanager: [alertmanager, 'prometheus'],
  grafana: [grafana],
  github: [github],
  gitea: [gitea, 'forgejo', 'gogs'],
  gitlab: [gitlab],
  'uptime-kuma': [uptimeKuma, 'uptimekuma', 'kuma'],
  healthchecks: [healthchecks],
  arr: [arr, 'radarr', 'sonarr', 'lidarr', 'readarr', 'prowlarr', 'whisparr'],
  proxmox: [proxmox, 'pve', 'pbs'],
  sentry: [sentry],
  cloudevents: [cloudevents],
  slack: [slack, 'mattermost'],
  discord: [discord],
  json: [readAnything, 'generic'],
  text: [readAnything],
};

const NAMES: ReadonlyMap<string, TemplateName> = new Map(
  (Object.keys(TEMPLATES) as TemplateName[]).flatMap((name) => {
    const [, ...others] = TEMPLATES[name];
    return [name, ...(others as string[])].map((one) => [one, name] as const);
  }),
);

/** The template of a name, in any case; undefined for a name that is not known. */
export function templateNamed(name: string): TemplateName | undefined {
  return NAMES.get(name.trim().toLowerCase());
}

/** What comes with Herald: the names that people are told, without their other ones. */
export const BUILT_IN = Object.keys(TEMPLATES) as readonly TemplateName[];

/** What a payload says. */
export type Reading =
  | {
      /** The name of the template. */
      readonly as: string;
      readonly content: Content;
      /** Identifies the event, if a second request with it is a repeat. */
      readonly repeats: string | undefined;
    }
  | { readonly as: string; readonly ignored: string };

/** A payload as it is told under the names that people use. @param as its title of last resort */
export function readAsAnything(payload: Payload, as: string, owner: string): Reading {
  const generic = readAnything(payload);
  return { as, content: contentOf({ ...generic, title: generic.title || as }, as, owner), repeats: undefined };
}

/**
 * Reads a payload. Never fails: what its template cannot read is told under the names that people use.
 * @param named the template that the sender asks for; by default the payload is recognised
 * @param owner the name of the key, for the key of alerts; `""` for none
 */
export function readPayload(payload: Payload, named: TemplateName | undefined, owner: string): Reading {
  const as = named ?? recognise(payload);
  const told = TEMPLATES[as][0](payload);
  if (told === undefined) return readAsAnything(payload, as, owner);
  if ('ignored' in told) return { as, ignored: told.ignored };
  return { as, content: contentOf(told, as, owner), repeats: told.repeats };
}
