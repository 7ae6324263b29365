// What a person does with messages, the same from a row, a menu, a key or the open message.
import type { InboxMessage } from '../../model/model.ts';
import { keyOf, type Ui } from '../ui.ts';

/** How long a deletion can be taken back. */
const UNDO_MS = 6000;

/** Longer bodies are copied and shared as they were written. */
const MAX_PLAIN = 200_000;

function bodyOf({ plainText }: Ui, { markdown, body }: InboxMessage): string {
  return markdown && body.length <= MAX_PLAIN ? plainText.peek()(body, MAX_PLAIN) : body;
}

/** A message as text: title and body. */
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

/** Hands the text to another app; where there is no such way it is copied. */
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
    // A person who closes the sheet has changed their mind; that is no failure.
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

/** Takes messages out of sight at once, and deletes them when the time to take it back is over or the page closes. */
export function deleteMessages(ui: Ui, messages: readonly InboxMessage[]): void {
  if (messages.length === 0) return;
  const keys = messages.map(keyOf);
  let over = false;
  const finish = (undone: boolean) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    removeEventListener('pagehide', deleteNow);
    endToast();
    if (undone) ui.setLeaving(keys, false);
    else void ui.attempt(() => ui.model.remove(messages)).then(() => ui.setLeaving(keys, false));
  };
  const deleteNow = () => finish(false);
  ui.setLeaving(keys, true);
  const endToast = ui.toast(ui.t('delete.done', { count: messages.length }), {
    ms: Number.POSITIVE_INFINITY,
    action: { label: ui.t('delete.undo'), run: () => finish(true) },
  });
  const timer = setTimeout(deleteNow, UNDO_MS);
  addEventListener('pagehide', deleteNow);
}
