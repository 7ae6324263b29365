// An open message: over the list on a phone, beside it on a wide screen.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fullTime, relativeTime } from '../../locales/format.ts';
import type { InboxMessage } from '../../model/model.ts';
import { copyText, deleteMessages, shareMessage, textOf, togglePin } from '../inbox/message-commands.ts';
import { Avatar, PriorityFlag } from '../inbox/message-row.tsx';
import { rowText } from '../inbox/row-text.ts';
import { Icon } from '../shell/icon.tsx';
import { lazy } from '../shell/lazy.tsx';
import { SenderImage } from '../shell/sender-image.tsx';
import { keyOf, useUi } from '../ui.ts';
import { MessageActions } from './message-actions.tsx';
import { MessageBody } from './message-body.tsx';
import { MessageFileView } from './message-file.tsx';

const MessageQuestion = lazy(() => import('../answers/message-question.tsx').then((chunk) => chunk.MessageQuestion));

/** How many extras are shown. */
const MAX_EXTRAS = 50;
/** How many characters of each are shown. */
const MAX_EXTRA = 2000;

/** Extras that only the dialects of ntfy and Gotify write and read. */
const OF_DIALECTS: ReadonlySet<string> = new Set(['untitled', 'cache', 'gotify']);

/** The extras that the page does not interpret, as text. */
function extrasOf({ extra }: InboxMessage): readonly (readonly [string, string])[] {
  return Object.entries(extra)
    .filter(([name]) => !OF_DIALECTS.has(name))
    .slice(0, MAX_EXTRAS)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 1);
      return [name, text.length > MAX_EXTRA ? `${text.slice(0, MAX_EXTRA)}…` : text] as const;
    });
}

function Details({ message }: { readonly message: InboxMessage }) {
  const { t, translator, model } = useUi();
  const account = model.accounts.value.find(({ id }) => id === message.accountId);
  const rows: readonly (readonly [string, string])[] = [
    [t('details.mid'), message.mid],
    [t('details.time'), fullTime(translator.value, message.time)],
    ...(message.sender === '' ? [] : [[t('details.from'), message.sender] as const]),
    [
      t('details.to'),
      message.group === undefined
        ? t('details.to_device', { name: account?.name ?? '' })
        : t('details.to_group', { name: message.group }),
    ],
    [t('details.server'), account?.server ?? ''],
    [t('details.priority'), t(`priority.${message.priority}`)],
    [
      t('details.status'),
      [t(message.read ? 'message.read' : 'message.unread'), message.pinned ? t('message.pinned') : '']
        .filter(Boolean)
        .join(', '),
    ],
  ];
  return (
    <details class="details">
      <summary>
        <Icon name="chevron" size={16} />
        {t('details.title')}
      </summary>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
        {extrasOf(message).map(([name, value]) => (
          <div key={`extra ${name}`} class="extra">
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Toolbar({ message }: { readonly message: InboxMessage | undefined }) {
  const ui = useUi();
  const { t, back } = ui;
  const remove = (doomed: InboxMessage) => {
    deleteMessages(ui, [doomed]);
    back();
  };
  return (
    <div class="toolbar">
      <button type="button" class="icon-button toolbar-back" aria-label={t('common.back')} onClick={back}>
        <Icon name="back" />
      </button>
      <span class="grow" />
      {message !== undefined && (
        <>
          <button
            type="button"
            class="icon-button"
            aria-label={t('menu.pin')}
            aria-pressed={message.pinned}
            onClick={() => void togglePin(ui, message)}
          >
            <Icon name="pin" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={t('menu.copy')}
            onClick={() => void copyText(ui, textOf(ui, message))}
          >
            <Icon name="copy" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={t('menu.share')}
            onClick={() => void shareMessage(ui, message)}
          >
            <Icon name="share" />
          </button>
          <button type="button" class="icon-button" aria-label={t('menu.delete')} onClick={() => remove(message)}>
            <Icon name="trash" />
          </button>
        </>
      )}
    </div>
  );
}

function Opened({ message }: { readonly message: InboxMessage }) {
  const ui = useUi();
  const { t, translator, now } = ui;
  const [loadImages, setLoadImages] = useState(false);
  const isTitled = message.title !== '' || message.body === '';
  return (
    <article class="message">
      <h1 class={`message-title ${isTitled ? '' : 'visually-hidden'}`} dir="auto" tabIndex={-1}>
        {rowText(ui, message).title}
      </h1>
      <div class="message-from">
        {loadImages && message.icon !== undefined ? (
          <SenderImage key={message.icon} class="avatar" src={message.icon} alt="">
            <Avatar message={message} />
          </SenderImage>
        ) : (
          <Avatar message={message} />
        )}
        <div class="message-who">
          {(message.sender !== '' || message.group !== undefined) && (
            <span dir="auto">
              <strong>{message.sender}</strong>
              {message.sender !== '' && message.group !== undefined && <span class="muted"> · </span>}
              <span class="muted">{message.group}</span>
            </span>
          )}
          <time
            class="muted"
            dateTime={new Date(message.time).toISOString()}
            title={fullTime(translator.value, message.time)}
          >
            {relativeTime(translator.value, message.time, now.value)}
          </time>
        </div>
        <PriorityFlag priority={message.priority} />
      </div>
      <MessageBody message={message} loadImages={loadImages} onLoadImages={() => setLoadImages(true)} />
      {message.encrypted && <p class="hint">{t('message.encrypted_hint')}</p>}
      <MessageFileView key={message.file?.url} message={message} />
      {message.ask !== undefined && <MessageQuestion message={message} />}
      <MessageActions message={message} />
      {message.tags.length > 0 && (
        <ul class="tags" aria-label={t('message.tags')}>
          {message.tags.map((tag) => (
            <li key={tag} class="tag">
              {tag}
            </li>
          ))}
        </ul>
      )}
      <Details message={message} />
    </article>
  );
}

/** Shown beside the list while no message is open. */
function Nothing() {
  const { t } = useUi();
  return (
    <div class="state state-beside">
      <span class="state-icon">
        <Icon name="inbox" size={28} />
      </span>
      <p>{t('message.choose')}</p>
      <p class="keys">
        <kbd>j</kbd> <kbd>k</kbd> {t('keys.move')} · <kbd>Enter</kbd> {t('keys.open')} · <kbd>/</kbd> {t('keys.search')}{' '}
        · <kbd>Esc</kbd> {t('keys.back')}
      </p>
    </div>
  );
}

export function MessageView() {
  const { route, model, t, attempt } = useUi();
  const pane = useRef<HTMLElement>(null);
  const place = route.value;
  const key = place.view === 'message' ? keyOf(place) : undefined;
  // Subscribe to the list: a message may arrive after a click on its notification, and its marks change.
  const list = model.messages.value;
  const message =
    place.view === 'message'
      ? (list.find((listed) => keyOf(listed) === key) ?? model.find(place.accountId, place.mid))
      : undefined;
  const found = message !== undefined;

  // Depends on the key, not on the message, because the message changes with its read mark.
  useEffect(() => {
    if (message !== undefined && !message.read) void attempt(() => model.markRead([message]));
  }, [key, found]);
  // Each message gets the focus once. A layout effect runs before the paint: later, the message could take the focus from
  // a field that the person is in.
  useLayoutEffect(() => {
    if (!found) return;
    pane.current?.scrollTo?.({ top: 0 });
    // On a wide screen the focus stays in the list, so that j and k still work.
    if (document.activeElement?.closest('.list') && matchMedia('(min-width: 60rem)').matches) return;
    pane.current?.querySelector<HTMLElement>('.message-title')?.focus({ preventScroll: true });
  }, [key, found]);

  return (
    <section ref={pane} class="message-pane" aria-label={t('message.label')} data-open={key !== undefined || undefined}>
      {key !== undefined && <Toolbar message={message} />}
      {message !== undefined && <Opened key={key} message={message} />}
      {key === undefined && <Nothing />}
      {key !== undefined && message === undefined && (
        <div class="state">
          <h1>{t(model.ready.value ? 'message.not_here' : 'common.loading')}</h1>
          {model.ready.value && <p>{t('message.not_here_hint')}</p>}
        </div>
      )}
    </section>
  );
}
