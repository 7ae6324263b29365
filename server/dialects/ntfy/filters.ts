// Which messages a listener wants, and from where on.
import { readDuration } from '../../base/duration.ts';
import { midOfId } from '../kit/since.ts';
import { NtfyError } from './errors.ts';
import { readPriorityText, readTagText } from './fields.ts';
import type { NtfyMessage } from './message.ts';
import { type ParameterSource, readParameter, readYes } from './parameters.ts';
import type { NtfyPorts } from './ports.ts';
import { isMessageId } from './topics.ts';

/** Whether a listener wants an event. Only the events of messages are filtered. */
export type Filter = (message: NtfyMessage) => boolean;

/** Where a listener begins. */
export type Start =
  | { readonly kind: 'all' | 'none' | 'latest' }
  /** Only messages with a greater mid. */
  | { readonly kind: 'after'; readonly mid: string }
  /** Only messages that were published at this time or later, in ms since 1970. */
  | { readonly kind: 'from'; readonly at: number };

/** What a listener asks for. */
export interface Asked {
  readonly isPoll: boolean;
  readonly isScheduled: boolean;
  readonly start: Start;
  readonly filter: Filter;
}

const DEFAULT_PRIORITY = 3;

const everything: Filter = () => true;

/** @throws NtfyError 40007 */
function readFilter(request: ParameterSource): Filter {
  const [id, message, title] = [
    readParameter(request, 'filterId'),
    readParameter(request, 'filterMessage'),
    readParameter(request, 'filterTitle'),
  ];
  const priorities = readTagText(readParameter(request, 'filterPriority')).map(readPriorityText);
  const tags = readTagText(readParameter(request, 'filterTags'));
  const asked = [id, message, title].some((text) => text !== '') || priorities.length > 0 || tags.length > 0;
  if (!asked) return everything;
  return (event) => {
    if (id !== '' && event.id !== id) return false;
    if (message !== '' && event.message !== message) return false;
    if (title !== '' && event.title !== title) return false;
    if (priorities.length > 0 && !priorities.includes(event.priority ?? DEFAULT_PRIORITY)) return false;
    return tags.every((tag) => event.tags?.includes(tag) === true);
  };
}

async function readStart(text: string, isPoll: boolean, ports: NtfyPorts): Promise<Start> {
  if (text === '') return { kind: isPoll ? 'all' : 'none' };
  if (text === 'all' || text === 'none' || text === 'latest') return { kind: text };
  if (isMessageId(text)) {
    const mid = await midOfId(text, ports);
    // The id of another server: nothing is known of what the listener has.
    return mid === undefined ? { kind: 'all' } : { kind: 'after', mid };
  }
  if (/^\d{1,11}$/.test(text)) return { kind: 'from', at: Number(text) * 1000 };
  const ago = /[dw]/.test(text) ? undefined : readDuration(text);
  if (ago === undefined) throw new NtfyError(40008);
  return { kind: 'from', at: Math.max(0, Math.floor(ports.clock.now() - ago)) };
}

/** Reads what a listener asks for. @throws NtfyError 40007, 40008 */
export async function readAsked(request: ParameterSource, ports: NtfyPorts): Promise<Asked> {
  const isPoll = readYes(readParameter(request, 'poll'), false);
  return {
    isPoll,
    isScheduled: readYes(readParameter(request, 'scheduled'), false),
    start: await readStart(readParameter(request, 'since'), isPoll, ports),
    filter: readFilter(request),
  };
}
