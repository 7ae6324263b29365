// What the inbox shows when there are no messages, with the reason.
import { NO_FILTER } from '../../model/model.ts';
import { Icon, Mark } from '../shell/icon.tsx';
import { lazy } from '../shell/lazy.tsx';
import { useUi } from '../ui.ts';

const Tour = lazy(() => import('./tour.tsx').then((chunk) => chunk.Tour));

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

/** Shown after pairing, with what to do next. */
export function EmptyInbox() {
  const { model, t } = useUi();
  const account = model.accounts.value[0];
  if (account === undefined) return null;
  return (
    <div class="state">
      <Mark size={64} />
      <h2>{t('inbox.empty')}</h2>
      <p>{t('inbox.empty_hint', { name: account.name })}</p>
      <Tour account={account} />
    </div>
  );
}
