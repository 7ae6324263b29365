// Says that something could not be loaded, and tries again.

import { useUi } from '../ui.ts';
import { Icon } from './icon.tsx';

export function Failed({ failure, retry }: { readonly failure: string; readonly retry: () => void }) {
  const { t } = useUi();
  return (
    <div class="notice" role="alert">
      <Icon name="alert" />
      <p class="notice-text">{failure}</p>
      <button type="button" class="button button-small" onClick={retry}>
        {t('common.retry')}
      </button>
    </div>
  );
}
