// What can be reported about the channels of an app, and to which hooks. Not here: when (reports.ts).
import type { App, Hook } from '../channel/app.ts';
import type { PendingLeave } from './pending-leaves.ts';

/** Something that an app may want to know: the name of the event, the channel if there is one, and details. */
export interface EventReport {
  readonly name: string;
  readonly channel?: string;
  readonly [detail: string]: unknown;
}

/** What a hook may ask for. `server_event` is webman's. */
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

/** Details of an event that only some formats of reports contain. */
export interface ReportDetails {
  /** The frame that caused it, a JSON object as text. */
  readonly packet?: string;
  /** The info that the member who joined gives about itself. */
  readonly info?: unknown;
}

function wants(hook: Hook, { name, channel }: EventReport): boolean {
  if (!hook.events.includes(name)) return false;
  const { prefix = '', suffix = '' } = hook.filter ?? {};
  // A filter selects channels. It does not apply to an event without one.
  return channel === undefined || (channel.startsWith(prefix) && channel.endsWith(suffix));
}

/** The hooks of an app that want the event. */
export const hooksFor = (app: App, event: EventReport) => app.hooks.filter((hook) => wants(hook, event));

/** The report of the join that a pending leave belongs to. */
export const beginning = ({ channel, user }: PendingLeave): EventReport =>
  user === '' ? { name: 'channel_occupied', channel } : { name: 'member_added', channel, user_id: user };

/** The report of a leave. */
export const ending = ({ channel, user }: PendingLeave): EventReport =>
  user === '' ? { name: 'channel_vacated', channel } : { name: 'member_removed', channel, user_id: user };
