// What the inbox shows when there are no messages, with the reason.
import { NO_FILTER } from '../../model/model.ts';
import { Icon, Mark } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { copyText } from './message-commands.ts';

export function LoadingRows() {
  const { t } = useUi();
  return (
    <div class="skeletons" role="status" aria-label={t('common.loading')}>
      {['a', 'b', 'c', 'd', 'e', 'f'].map((row) => (
        <span key={row} class="skeleton" />
      ))}
    </div>
  );
}

export function NoResult() {
  const { model, t } = useUi();
  const { text } = model.filter.value;
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name="search" size={28} />
      </span>
      <h2>{text.trim() === '' ? t('inbox.no_match') : t('inbox.no_result', { text: text.trim() })}</h2>
      <p>{t('inbox.no_result_hint')}</p>
      <button type="button" class="button" onClick={() => model.setFilter(NO_FILTER)}>
        {t('filter.clear')}
      </button>
    </div>
  );
}

/** Shown after pairing, with a command that sends the first message. */
export function EmptyInbox() {
  const ui = useUi();
  const { model, t } = ui;
  const account = model.accounts.value[0];
  if (account === undefined) return null;
  const command = `curl "${account.server}/${encodeURIComponent(account.name)}.send?text=Hello" -H "authorization: TOKEN"`;
  return (
    <div class="state">
      <Mark size={64} />
      <h2>{t('inbox.empty')}</h2>
      <p>{t('inbox.empty_hint', { name: account.name })}</p>
      <section class="command" aria-label={t('inbox.example')}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must reach everything that scrolls */}
        <pre tabIndex={0}>{command}</pre>
        <button
          type="button"
          class="icon-button"
          aria-label={t('menu.copy')}
          onClick={() => void copyText(ui, command)}
        >
          <Icon name="copy" />
        </button>
      </section>
      <button type="button" class="button" onClick={() => ui.go({ view: 'send' })}>
        <Icon name="send" size={18} />
        {t('inbox.send_one')}
      </button>
    </div>
  );
}
