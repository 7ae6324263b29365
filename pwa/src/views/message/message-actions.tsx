// The buttons that a sender put on a message. A person sees and confirms each request before the page sends it.
import type { InboxMessage, MessageAction } from '../../model/model.ts';
import { isForbiddenByPolicy } from '../../model/relay/server-url.ts';
import { copyText } from '../inbox/message-commands.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

function hostOf(url: string): string {
  return new URL(url).host || url;
}

function OutsideLink({ url, label, primary = false }: { url: string; label: string; primary?: boolean }) {
  return (
    <a
      class={`button ${primary ? 'button-primary' : ''}`}
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      title={url}
    >
      <Icon name="link" size={18} />
      <span class="clip">{label}</span>
    </a>
  );
}

function ActionButton({ action }: { readonly action: MessageAction }) {
  const ui = useUi();
  const { t, model } = ui;
  if (action.kind === 'open') return <OutsideLink url={action.url} label={action.label} />;
  if (action.kind === 'copy') {
    return (
      <button type="button" class="button" onClick={() => void copyText(ui, action.text)}>
        <Icon name="copy" size={18} />
        <span class="clip">{action.label}</span>
      </button>
    );
  }
  if (isForbiddenByPolicy(action.url, location.href)) {
    return (
      <div class="blocked-action">
        <button type="button" class="button" disabled>
          <Icon name="bolt" size={18} />
          <span class="clip">{action.label}</span>
        </button>
        <p class="hint hint-warn">{t('action.plain_http', { host: hostOf(action.url) })}</p>
      </div>
    );
  }
  const run = async () => {
    const detail = [`${action.method} ${action.url}`, action.body].filter(Boolean).join('\n\n');
    const yes = await ui.ask({
      title: action.label,
      text: t('action.confirm', { method: action.method, host: hostOf(action.url) }),
      detail,
      yes: t('action.run'),
    });
    if (!yes) return;
    await model.runAction(action);
    ui.toast(t('action.done', { label: action.label }));
  };
  return (
    <BusyButton action={run}>
      <Icon name="bolt" size={18} />
      <span class="clip">{action.label}</span>
    </BusyButton>
  );
}

export function MessageActions({ message }: { readonly message: InboxMessage }) {
  const { t } = useUi();
  if (message.click === undefined && message.actions.length === 0) return null;
  return (
    <div class="message-actions">
      {message.click !== undefined && (
        <OutsideLink primary url={message.click} label={t('message.open_link', { host: hostOf(message.click) })} />
      )}
      {message.actions.map((action, index) => (
        <ActionButton key={`${index} ${action.label}`} action={action} />
      ))}
    </div>
  );
}
