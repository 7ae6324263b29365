// Commands on messages, shared by rows, menus, keys and the open message.
import type { InboxMessage } from '../../model/model.ts';
import { keyOf, type Ui } from '../ui.ts';

/** How long a person can undo a command, in ms. */
const UNDO_MS = 6000;

/** Longer bodies are copied and shared as raw text. */
const MAX_PLAIN = 200_000;

function bodyOf({ plainText }: Ui, { markdown, body }: InboxMessage): string {
  return markdown && body.length <= MAX_PLAIN ? plainText.peek()(body, MAX_PLAIN) : body;
}

/** Title and body as plain text. */
export function textOf(ui: Ui, message: InboxMessage): string {
  return [message.title, bodyOf(ui, message)].filter((part) => part !== '').join('\n\n');
}

export async function copyText(ui: Ui, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    ui.toast(ui.t('copy.done'), { ms: 2500 });
  } catch {
    ui.toast(ui.t('copy.failed'), { tone: 'bad' });
  }
}

/** Shares a text with another app, or copies it where sharing is not available. */
export async function shareText(
  ui: Ui,
  share: { readonly title: string; readonly text: string; readonly url?: string },
): Promise<void> {
  if (typeof navigator.share !== 'function') {
    await copyText(ui, [share.text, share.url].filter(Boolean).join('\n'));
    return;
  }
  try {
    await navigator.share(share);
  } catch (error) {
    // Closing the share sheet is not a failure.
    if (!(error instanceof DOMException && error.name === 'AbortError')) await copyText(ui, share.text);
  }
}

export function shareMessage(ui: Ui, message: InboxMessage): Promise<void> {
  const text = bodyOf(ui, message);
  const url = message.click !== undefined && /^https?:/i.test(message.click) ? { url: message.click } : {};
  return shareText(ui, { title: message.title, text: text === '' ? message.title : text, ...url });
}

export async function togglePin(ui: Ui, message: InboxMessage): Promise<void> {
  const pinned = !message.pinned;
  if (await ui.attempt(() => ui.model.setPinned(message, pinned))) ui.announce(ui.t(pinned ? 'pin.on' : 'pin.off'));
}

/** A change that a person can undo for a while. */
interface Undoable {
  /** What the toast says. */
  readonly text: string;
  /** Shows the messages with the change, or without it again. */
  show(isDone: boolean): void;
  /** Makes the change. */
  commit(): Promise<unknown>;
}

/** Shows a change at once, but makes it only when the time to undo it is over, or when the page closes. */
function doUndoably(ui: Ui, { text, show, commit }: Undoable): void {
  let over = false;
  const finish = (undone: boolean) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    removeEventListener('pagehide', doNow);
    endToast();
    if (undone) show(false);
    else void ui.attempt(commit).then(() => show(false));
  };
  const doNow = () => finish(false);
  show(true);
  const endToast = ui.toast(text, {
    ms: Number.POSITIVE_INFINITY,
    action: { label: ui.t('delete.undo'), run: () => finish(true) },
  });
  const timer = setTimeout(doNow, UNDO_MS);
  addEventListener('pagehide', doNow);
}

/** Hides messages at once, and deletes them when the time to undo that is over. */
export function deleteMessages(ui: Ui, messages: readonly InboxMessage[]): void {
  if (messages.length === 0) return;
  const keys = messages.map(keyOf);
  doUndoably(ui, {
    text: ui.t('delete.done', { count: messages.length }),
    show: (isDone) => ui.setPending('leaving', keys, isDone),
    commit: () => ui.model.remove(messages),
  });
}

/** Deletes all messages that the filter shows, after a confirmation. */
export async function deleteAll(ui: Ui, messages: readonly InboxMessage[]): Promise<void> {
  const yes = await ui.ask({
    title: ui.t('delete.all_title', { count: messages.length }),
    text: ui.t('delete.all_text'),
    yes: ui.t('menu.delete'),
    danger: true,
  });
  if (yes) deleteMessages(ui, messages);
}

/** Shows messages as read at once, and marks them when the time to undo that is over: the relay cannot undo a mark. */
export function markAllRead(ui: Ui, messages: readonly InboxMessage[]): void {
  const unread = messages.filter((message) => !ui.isRead(message));
  if (unread.length === 0) return;
  doUndoably(ui, {
    text: ui.t('inbox.marked_read', { count: unread.length }),
    show: (isDone) => ui.setPending('reading', unread.map(keyOf), isDone),
    commit: () => ui.model.markRead(unread),
  });
}
