// What can happen on the channels of an app, and which hooks hear of it. Not here: when they do; that is reports.ts.
import type { App, Hook } from '../channel/app.ts';
import type { PendingLeave } from './pending-leaves.ts';

/** Something that an app may want to hear of: its name, the channel where there is one, and what belongs to it. */
export interface EventReport {
  readonly name: string;
  readonly channel?: string;
  readonly [detail: string]: unknown;
}

/** What a hook may ask for; `server_event` is webman's. */
export const REPORTED_EVENTS = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'client_event',
  'cache_miss',
  'subscription_count',
  'server_event',
] as const;

/** What belongs to a event, and only the receivers of some hooks are told. */
export interface ReportDetails {
  /** The frame behind it, a JSON object as text. */
  readonly packet?: string;
  /** Who came, as the member describes itself. */
  readonly info?: unknown;
}

function wants(hook: Hook, { name, channel }: EventReport): boolean {
  if (!hook.events.includes(name)) return false;
  const { prefix = '', suffix = '' } = hook.filter ?? {};
  // A filter chooses among channels, and has nothing to say about what belongs to none.
  return channel === undefined || (channel.startsWith(prefix) && channel.endsWith(suffix));
}

/** The hooks of an app that are to hear of it. */
export const hooksFor = (app: App, event: EventReport) => app.hooks.filter((hook) => wants(hook, event));

/** What an app hears when that of which the end is owed begins. */
export const beginning = ({ channel, user }: PendingLeave): EventReport =>
  user === '' ? { name: 'channel_occupied', channel } : { name: 'member_added', channel, user_id: user };

/** What an app hears at the end itself. */
export const ending = ({ channel, user }: PendingLeave): EventReport =>
  user === '' ? { name: 'channel_vacated', channel } : { name: 'member_removed', channel, user_id: user };
