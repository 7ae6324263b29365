// The rows of the inbox: pinned messages first, then days. Within a day, neighbours with the same title are folded.

import { dayOf } from '../../locales/format.ts';
import type { InboxMessage } from '../../model/model.ts';
import { keyOf } from '../ui.ts';
import type { Placed } from './virtual.ts';

export type Row = Placed &
  (
    | { readonly kind: 'pinned' }
    | { readonly kind: 'day'; readonly day: number }
    | { readonly kind: 'message'; readonly message: InboxMessage; readonly folded: boolean }
    /** The older messages of a run with the same title; `open` when they are shown. */
    | { readonly kind: 'run'; readonly run: string; readonly hidden: readonly InboxMessage[]; readonly open: boolean }
  );

/** Heights of rows, px. */
export interface Heights {
  readonly heading: number;
  readonly run: number;
  /** Of a message with one, two and three lines. */
  readonly message: readonly [number, number, number];
}

/** The shortest run that is folded. Its newest message stays, and its fold must hide at least two others. */
const LEAST_RUN = 3;

interface Options {
  readonly heights: Heights;
  /** Runs that a person opened: the `run` of {@link Row}. */
  readonly opened: ReadonlySet<string>;
  /** Search results are neither folded nor sorted by pins. */
  readonly searching: boolean;
  /** Whether rows name their relay. */
  readonly named: boolean;
}

/** Which lines a message has below its title. */
export interface Lines {
  readonly preview: boolean;
  readonly meta: boolean;
}

/** @param named whether rows name their relay */
export function linesOf(message: InboxMessage, named: boolean): Lines {
  const { title, body, sender, group, priority, pinned, tags, ask } = message;
  const text = body.trim();
  return {
    preview: title === '' ? text.includes('\n') : text !== '',
    meta:
      named ||
      sender !== '' ||
      group !== undefined ||
      priority !== 3 ||
      pinned ||
      ask !== undefined ||
      tags.some((tag) => !isEmoji(tag)),
  };
}

/** Whether a tag is an emoji, which can be the picture of its message. */
export function isEmoji(tag: string): boolean {
  return /^\p{Extended_Pictographic}|^\p{Regional_Indicator}/u.test(tag);
}

function sameRun(a: InboxMessage, b: InboxMessage): boolean {
  return a.title !== '' && a.title === b.title && a.accountId === b.accountId && a.sender === b.sender;
}

/** @param messages newest first */
export function rowsOf(
  messages: readonly InboxMessage[],
  { heights, opened, searching, named }: Options,
): readonly Row[] {
  const rows: Row[] = [];
  const [one, two, three] = heights.message;
  const heightOf = (message: InboxMessage) => {
    const { preview, meta } = linesOf(message, named);
    return preview && meta ? three : preview || meta ? two : one;
  };
  const add = (message: InboxMessage, folded = false) =>
    rows.push({ kind: 'message', key: keyOf(message), height: heightOf(message), message, folded });

  const pinned = searching ? [] : messages.filter((message) => message.pinned);
  if (pinned.length > 0) rows.push({ kind: 'pinned', key: 'pinned', height: heights.heading });
  for (const message of pinned) add(message);

  const others = searching ? messages : messages.filter((message) => !message.pinned);
  let day = Number.NaN;
  for (let index = 0; index < others.length; ) {
    const newest = others[index];
    if (newest === undefined) break;
    const itsDay = dayOf(newest.time);
    if (itsDay !== day) {
      day = itsDay;
      rows.push({ kind: 'day', key: `day ${day}`, height: heights.heading, day });
    }
    const nextDay = new Date(day).setDate(new Date(day).getDate() + 1);
    let end = index + 1;
    for (let next = others[end]; !searching && next !== undefined; next = others[end]) {
      if (!sameRun(newest, next) || next.time < day || next.time >= nextDay) break;
      end += 1;
    }
    add(newest);
    if (end - index >= LEAST_RUN) {
      const hidden = others.slice(index + 1, end);
      // The oldest message identifies a run, so that it stays the same run when a newer message arrives.
      const run = keyOf(hidden.at(-1) ?? newest);
      const open = opened.has(run);
      if (open) for (const message of hidden) add(message, true);
      rows.push({ kind: 'run', key: `run ${run}`, height: heights.run, run, hidden, open });
    } else for (const message of others.slice(index + 1, end)) add(message);
    index = end;
  }
  return rows;
}

/** The messages in the order of the rows. */
export function shownMessages(rows: readonly Row[]): readonly InboxMessage[] {
  return rows.flatMap((row) => (row.kind === 'message' ? [row.message] : []));
}
