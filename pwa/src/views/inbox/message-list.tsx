// A virtual list: it renders only visible rows, and new messages at the top never move what a person is reading.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { dayLabel } from '../../locales/format.ts';
import type { InboxMessage } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { lazy } from '../shell/lazy.tsx';
import { keyOf, useUi } from '../ui.ts';
import { isFiltering } from './filters.tsx';
import { MessageMenu } from './message-menu.tsx';
import { MessageRow } from './message-row.tsx';
import { OlderMessages } from './older.tsx';
import { rowText } from './row-text.ts';
import { type Heights, type Row, rowsOf } from './rows.ts';
import { offsetsOf, shiftOf, visibleRange } from './virtual.ts';

const MuteDialog = lazy(() => import('./mute-dialog.tsx').then((chunk) => chunk.MuteDialog));

/** Heights in rem, so that rows grow with the text. */
const REM: Heights = { heading: 2.25, message: [3, 3.5625, 4.8125], run: 2.75 };
/** The list also renders rows this far outside the visible part, px. */
const MARGIN = 600;
/** The visible height when there is no layout, as in tests, px. */
const FALLBACK_HEIGHT = 800;

/** @param probe a line of text, measured because browsers that enlarge only text do not change the root font size */
function heightsNow(probe: Element | null): Heights {
  const drawn = probe?.getBoundingClientRect().height ?? 0;
  const rem = drawn || Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const [one, two, three] = REM.message;
  return { heading: REM.heading * rem, message: [one * rem, two * rem, three * rem], run: REM.run * rem };
}

interface MessageListProps {
  /** The element that scrolls. */
  readonly scroller: RefObject<HTMLElement | null>;
  readonly onOpen: (message: InboxMessage) => void;
  /** Called with the rows when they change, for the keyboard shortcuts. */
  readonly onRows: (rows: readonly Row[]) => void;
}

export function MessageList({ scroller, onOpen, onRows }: MessageListProps) {
  const ui = useUi();
  const { model, leaving, route, t, translator, now } = ui;
  const list = useRef<HTMLUListElement>(null);
  const opened = useSignal<ReadonlySet<string>>(new Set());
  const probe = useRef<HTMLSpanElement>(null);
  const heights = useSignal(heightsNow(null));
  const rows = useComputed(() => {
    const staying =
      leaving.value.size === 0
        ? model.messages.value
        : model.messages.value.filter((message) => !leaving.value.has(keyOf(message)));
    const searching = isFiltering(model.filter.value);
    const named = model.accounts.value.length > 1;
    return rowsOf(staying, { heights: heights.value, opened: opened.value, searching, named });
  });
  const [view, setView] = useState({ top: 0, height: FALLBACK_HEIGHT });
  const [muting, setMuting] = useState<InboxMessage | undefined>(undefined);
  const [menu, setMenu] = useState<{ message: InboxMessage; at: { x: number; y: number } } | undefined>(undefined);
  const unseen = useSignal(0);

  const measure = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    const top = box.scrollTop - (list.current?.offsetTop ?? 0);
    setView({ top, height: box.clientHeight || FALLBACK_HEIGHT });
    if (box.scrollTop < 40) unseen.value = 0;
  }, [scroller, unseen]);

  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    measure();
    const resized = () => {
      const next = heightsNow(probe.current);
      if (next.run !== heights.peek().run) heights.value = next;
      measure();
    };
    resized();
    const watcher = 'ResizeObserver' in globalThis ? new ResizeObserver(resized) : undefined;
    if (probe.current !== null) watcher?.observe(probe.current);
    box.addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', resized);
    return () => {
      box.removeEventListener('scroll', measure);
      removeEventListener('resize', resized);
      watcher?.disconnect();
    };
  }, [measure, scroller, heights]);

  const before = useRef<readonly Row[]>(rows.peek());
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && before.current !== rows.value) {
      const shift = shiftOf(before.current, rows.value, box.scrollTop - (list.current?.offsetTop ?? 0));
      if (shift !== 0 && box.scrollTop > 40) box.scrollTop += shift;
      before.current = rows.value;
      onRows(rows.value);
      measure();
    }
  });
  useLayoutEffect(() => onRows(rows.peek()), [onRows, rows]);

  const newest = useRef<number | undefined>(undefined);
  useSignalEffect(() => {
    const messages = model.messages.value;
    if (isFiltering(model.filter.peek())) return;
    const last = newest.current;
    newest.current = Math.max(last ?? 0, messages[0]?.time ?? 0);
    if (last === undefined || last === 0) return;
    const fresh = messages.filter((message) => message.time > last && !message.read);
    const first = fresh[0];
    if (first === undefined) return;
    ui.announce(t('inbox.arrived', { count: fresh.length, title: rowText(ui, first).title }));
    if ((scroller.current?.scrollTop ?? 0) > 40) unseen.value += fresh.length;
  });

  const all = rows.value;
  const offsets = offsetsOf(all);
  const [first, end] = visibleRange(offsets, view.top, view.height, MARGIN);
  const open = route.value.view === 'message' ? `${route.value.accountId}/${route.value.mid}` : undefined;

  const show = (row: Row) => {
    switch (row.kind) {
      case 'pinned':
        return <h2 class="list-heading">{t('inbox.pinned')}</h2>;
      case 'day':
        return <h2 class="list-heading">{dayLabel(translator.value, row.day, now.value)}</h2>;
      case 'run':
        return (
          <button
            type="button"
            class="run"
            aria-expanded={row.open}
            onClick={() => {
              const next = new Set(opened.peek());
              if (!next.delete(row.run)) next.add(row.run);
              opened.value = next;
            }}
          >
            <Icon name="down" size={16} />
            {row.open ? t('inbox.fold') : t('inbox.more', { count: row.hidden.length })}
          </button>
        );
      default:
        return (
          <MessageRow
            message={row.message}
            folded={row.folded}
            current={open === row.key}
            onOpen={onOpen}
            onMenu={(message, at) => setMenu({ message, at })}
          />
        );
    }
  };

  return (
    <>
      <span ref={probe} class="text-probe" aria-hidden="true">
        x
      </span>
      {unseen.value > 0 && (
        <button type="button" class="unseen" onClick={() => scroller.current?.scrollTo({ top: 0, behavior: 'smooth' })}>
          <Icon name="up" size={16} />
          {t('inbox.new', { count: unseen.value })}
        </button>
      )}
      <ul ref={list} class="list" aria-label={t('nav.inbox')} style={{ height: `${offsets.at(-1) ?? 0}px` }}>
        {all.slice(first, end).map((row, index) => (
          <li
            key={row.key}
            class="list-row"
            aria-setsize={all.length}
            aria-posinset={first + index + 1}
            data-key={row.key}
            style={{ height: `${row.height}px`, transform: `translateY(${offsets[first + index] ?? 0}px)` }}
          >
            {show(row)}
          </li>
        ))}
      </ul>
      <OlderMessages isNear={end >= all.length - 10} />
      {menu !== undefined && (
        <MessageMenu {...menu} onMute={() => setMuting(menu.message)} onClose={() => setMenu(undefined)} />
      )}
      {muting !== undefined && <MuteDialog message={muting} onClose={() => setMuting(undefined)} />}
    </>
  );
}
