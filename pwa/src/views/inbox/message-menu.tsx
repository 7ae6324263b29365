// The menu of a message: a sheet on a phone, a popup at the pointer on a wide screen.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { InboxMessage } from '../../model/model.ts';
import { mutesOf } from '../mute.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Icon, type IconName } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { copyText, deleteMessages, shareMessage, textOf, togglePin } from './message-commands.ts';
import { rowText } from './row-text.ts';

interface MessageMenuProps {
  readonly message: InboxMessage;
  readonly at: { readonly x: number; readonly y: number };
  readonly onMute: () => void;
  readonly onClose: () => void;
}

export function MessageMenu({ message, at, onMute, onClose }: MessageMenuProps) {
  const ui = useUi();
  const { t, model } = ui;
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    const dialog = list.current?.closest('dialog');
    dialog?.style.setProperty('--menu-x', `${at.x}px`);
    dialog?.style.setProperty('--menu-y', `${at.y}px`);
  }, [at]);
  const { title } = rowText(ui, message);
  const items: readonly { icon: IconName; label: string; danger?: boolean; run: () => unknown }[] = [
    ...(ui.isRead(message)
      ? []
      : [
          {
            icon: 'check' as const,
            label: t('menu.mark_read'),
            run: () => ui.attempt(() => model.markRead([message])),
          },
        ]),
    { icon: 'pin', label: t(message.pinned ? 'menu.unpin' : 'menu.pin'), run: () => togglePin(ui, message) },
    { icon: 'copy', label: t('menu.copy'), run: () => copyText(ui, textOf(ui, message)) },
    { icon: 'share', label: t('menu.share'), run: () => shareMessage(ui, message) },
    ...(mutesOf(message).length === 0 ? [] : [{ icon: 'bellOff' as const, label: t('silence.menu'), run: onMute }]),
    { icon: 'trash', label: t('menu.delete'), danger: true, run: () => deleteMessages(ui, [message]) },
  ];
  return (
    <Dialog kind="menu" title={title} onClose={onClose}>
      <p class="menu-title" dir="auto" aria-hidden="true">
        {title}
      </p>
      <ul ref={list} class="menu">
        {items.map((item) => (
          <li key={item.label}>
            <button
              type="button"
              class={`menu-item ${item.danger ? 'menu-danger' : ''}`}
              onClick={() => {
                onClose();
                void item.run();
              }}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
