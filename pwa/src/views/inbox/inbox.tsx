// The inbox: heading, search, filters, and the list, or the reason why there is none.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { InboxMessage } from '../../model/model.ts';
import { isWaiting } from '../answers/open.ts';
import { ConnectionLight } from '../shell/connection.tsx';
import { Icon } from '../shell/icon.tsx';
import { lazy } from '../shell/lazy.tsx';
import { keyOf, useUi } from '../ui.ts';
import { FilterChips, isFiltering, SearchField } from './filters.tsx';
import { useKeys } from './keyboard.ts';
import { deleteAll, markAllRead } from './message-commands.ts';
import { MessageList } from './message-list.tsx';
import { Notices } from './notices.tsx';
import { reveal } from './reveal.ts';
import { type Row, shownMessages } from './rows.ts';
import { EmptyInbox, LoadingRows, NoResult } from './states.tsx';

const OpenQuestions = lazy(() => import('../answers/open-questions.tsx').then((chunk) => chunk.OpenQuestions));
const OpenNow = lazy(() => import('./open-now.tsx').then((chunk) => chunk.OpenNow));

function Content({ scroller, onOpen, onRows }: Parameters<typeof MessageList>[0]) {
  const { model } = useUi();
  if (!model.ready.value) return <LoadingRows />;
  if (model.messages.value.length > 0) return <MessageList scroller={scroller} onOpen={onOpen} onRows={onRows} />;
  if (isFiltering(model.filter.value)) return <NoResult />;
  return model.hasOlder.value ? <FirstPage /> : <EmptyInbox />;
}

/** Loads the first messages when none are stored yet. */
function FirstPage() {
  const { model } = useUi();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    model.loadOlder().catch(() => setFailed(true));
  }, [model]);
  return failed ? <EmptyInbox /> : <LoadingRows />;
}

/** Commands on all messages that are shown. */
function InboxCommands() {
  const ui = useUi();
  const { model, t, leaving } = ui;
  const shown = model.messages.value.filter((message) => !leaving.value.has(keyOf(message)));
  return (
    <>
      {isFiltering(model.filter.value) && shown.length > 0 && (
        <button type="button" class="button button-quiet button-small" onClick={() => void deleteAll(ui, shown)}>
          <Icon name="trash" size={18} />
          {t('inbox.delete_all')}
        </button>
      )}
      {shown.some((message) => !ui.isRead(message)) && (
        <button type="button" class="button button-quiet button-small" onClick={() => markAllRead(ui, shown)}>
          <Icon name="checks" size={18} />
          {t('inbox.mark_all_read')}
        </button>
      )}
    </>
  );
}

export function Inbox() {
  const ui = useUi();
  const { model, t, route, go, now } = ui;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<readonly Row[]>([]);
  const lastOpen = useRef<string | undefined>(undefined);
  /** The row that gets the focus once the list has rendered it. */
  const awaited = useRef<string | undefined>(undefined);
  const isOpen = route.value.view === 'message';

  const open = useCallback(
    (message: InboxMessage) => {
      // Replace the route of an open message, so that the back button returns to the list and not through every message.
      const replace = route.peek().view === 'message';
      go({ view: 'message', accountId: message.accountId, mid: message.mid }, { replace });
    },
    [go, route],
  );
  const keepRows = useCallback((next: readonly Row[]) => {
    rows.current = next;
  }, []);

  /** @returns whether the row is rendered */
  const focus = (key: string): boolean => {
    const link = scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] .row-link`);
    link?.focus({ preventScroll: true });
    return link instanceof HTMLElement;
  };

  useEffect(() => {
    const now = route.value;
    if (now.view === 'message') lastOpen.current = keyOf(now);
    else if (now.view === 'inbox' && lastOpen.current !== undefined) {
      focus(lastOpen.current);
      lastOpen.current = undefined;
    }
  }, [route.value]);

  useKeys({
    move: (step) => {
      const view = route.peek();
      if (view.view !== 'inbox' && view.view !== 'message') return;
      const shown = shownMessages(rows.current);
      const focused = document.activeElement?.closest('[data-key]')?.getAttribute('data-key');
      const from = awaited.current ?? focused ?? (view.view === 'message' ? keyOf(view) : undefined);
      const at = shown.findIndex((message) => keyOf(message) === from);
      const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + step))];
      if (next === undefined) return;
      if (view.view === 'message') open(next);
      const key = keyOf(next);
      reveal(scroller.current, rows.current, key);
      awaited.current = undefined;
      if (focus(key)) return;
      awaited.current = key;
      requestAnimationFrame(() => {
        if (awaited.current !== key) return;
        awaited.current = undefined;
        focus(key);
      });
    },
    search: () => document.getElementById('search')?.focus(),
    leave: () => {
      if (route.peek().view === 'inbox') return false;
      ui.back();
      return true;
    },
  });

  return (
    <section class="inbox" aria-label={t('nav.inbox')} data-covered={isOpen || undefined}>
      <header class="inbox-head">
        <div class="inbox-top">
          <h1 class="view-title" tabIndex={-1}>
            {t('nav.inbox')}
          </h1>
          <ConnectionLight />
          <span class="grow" />
          <InboxCommands />
        </div>
        <SearchField />
        <FilterChips />
      </header>
      <div ref={scroller} class="inbox-scroll" tabIndex={-1}>
        <Notices />
        {model.questions.value.some((one) => one.kind !== 'acknowledge' && isWaiting(one, now.value)) && (
          <OpenQuestions />
        )}
        {model.alerts.value.length > 0 && <OpenNow />}
        <Content scroller={scroller} onOpen={open} onRows={keepRows} />
      </div>
    </section>
  );
}
