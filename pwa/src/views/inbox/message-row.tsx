// A message in the list: title and time, preview, and details, in up to three lines.

import { fullTime, shortTime } from '../../locales/format.ts';
import type { InboxMessage } from '../../model/model.ts';
import { isWaiting, outcomeText, questionOf } from '../answers/open.ts';
import { formatRoute } from '../route.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { deleteMessages, togglePin } from './message-commands.ts';
import { rowText } from './row-text.ts';
import { isEmoji, linesOf } from './rows.ts';
import { useSwipe } from './swipe.ts';

/** The first emoji of the tags, or the first letter of the sender, or a bell. Never loads a picture. */
export function Avatar({ message }: { readonly message: InboxMessage }) {
  const emoji = message.tags.find(isEmoji);
  const letter = [...message.sender].find((sign) => /[\p{L}\p{N}]/u.test(sign))?.toUpperCase();
  return (
    <span class={`avatar ${emoji === undefined ? '' : 'avatar-emoji'}`} aria-hidden="true">
      {emoji ?? letter ?? <Icon name="bell" />}
    </span>
  );
}

export function PriorityFlag({ priority }: { readonly priority: InboxMessage['priority'] }) {
  const { t } = useUi();
  if (priority === 3) return null;
  return <span class={`flag flag-${priority}`}>{t(`priority.${priority}`)}</span>;
}

/** What a message asks, and what became of it. */
function AskFlag({ message }: { readonly message: InboxMessage }) {
  const ui = useUi();
  const question = questionOf(ui, message);
  if (question === undefined) return null;
  const open = isWaiting(question, ui.now.value);
  const tone = question.kind === 'acknowledge' && open ? 'flag-5' : open ? 'flag-ask' : '';
  return (
    <span class={`flag clip ${tone}`}>
      {open ? ui.t(question.kind === 'acknowledge' ? 'emergency.title' : 'ask.flag') : outcomeText(ui, question)}
    </span>
  );
}

interface MessageRowProps {
  readonly message: InboxMessage;
  readonly current: boolean;
  readonly folded: boolean;
  readonly onOpen: (message: InboxMessage) => void;
  readonly onMenu: (message: InboxMessage, at: { readonly x: number; readonly y: number }) => void;
}

export function MessageRow({ message, current, folded, onOpen, onMenu }: MessageRowProps) {
  const ui = useUi();
  const { t, translator, now, model } = ui;
  const swiped = useSwipe<HTMLDivElement>((side) => {
    if (side === 'left') deleteMessages(ui, [message]);
    else void togglePin(ui, message);
  });
  const { title, preview } = rowText(ui, message);
  const isRead = ui.isRead(message);
  const named = model.accounts.value.length > 1;
  const server = named ? model.accounts.value.find(({ id }) => id === message.accountId) : undefined;
  const lines = linesOf(message, named);
  const host = server === undefined ? '' : new URL(server.server).host;
  const from = [message.sender, message.group, host].filter(Boolean).join(' · ');
  return (
    <div class="swipe">
      <span class="swipe-behind" aria-hidden="true">
        <Icon name="pin" />
        <Icon name="trash" />
      </span>
      <div
        ref={swiped}
        class={`row ${isRead ? '' : 'row-unread'} ${folded ? 'row-folded' : ''} ${lines.preview || lines.meta ? '' : 'row-single'} row-priority-${message.priority}`}
      >
        <a
          class="row-link"
          href={formatRoute({ view: 'message', accountId: message.accountId, mid: message.mid })}
          aria-current={current ? 'true' : undefined}
          onContextMenu={(event) => {
            event.preventDefault();
            onMenu(message, { x: event.clientX, y: event.clientY });
          }}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(message);
          }}
        >
          <Avatar message={message} />
          <span class="row-main">
            <span class="row-top">
              <span class="row-title" dir="auto">
                {!isRead && <span class="visually-hidden">{t('message.unread')} </span>}
                {title}
              </span>
              <time
                class="row-time"
                dateTime={new Date(message.time).toISOString()}
                title={fullTime(translator.value, message.time)}
              >
                {shortTime(translator.value, message.time, now.value)}
              </time>
            </span>
            {preview !== '' && (
              <span class="row-preview" dir="auto">
                {preview.slice(0, 240)}
              </span>
            )}
            {lines.meta && (
              <span class="row-meta">
                {message.ask === undefined ? (
                  <PriorityFlag priority={message.priority} />
                ) : (
                  <AskFlag message={message} />
                )}
                {from !== '' && (
                  <span class="row-from" dir="auto">
                    {from}
                  </span>
                )}
                {message.tags
                  .filter((tag) => !isEmoji(tag))
                  .slice(0, 3)
                  .map((tag) => (
                    <span key={tag} class="tag">
                      {tag}
                    </span>
                  ))}
                {message.pinned && (
                  <span class="row-pin">
                    <Icon name="pin" size={14} />
                    <span class="visually-hidden">{t('message.pinned')}</span>
                  </span>
                )}
              </span>
            )}
          </span>
        </a>
        <button
          type="button"
          class="icon-button row-menu"
          aria-label={t('menu.of', { title })}
          aria-haspopup="dialog"
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            onMenu(message, { x: box.right, y: box.bottom });
          }}
        >
          <Icon name="more" />
        </button>
      </div>
    </div>
  );
}
