// Notices above the list: connection problems, and notifications that are not enabled yet.
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { BusyButton } from '../shell/busy-button.tsx';
import { ConnectionNotice } from '../shell/connection.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

export function Notices() {
  const { model, t } = useUi();
  const dismissed = useMemo(() => signal(false), []);
  const accounts = model.accounts.value;
  return (
    <>
      {accounts.map((account) => (
        <ConnectionNotice key={account.id} account={account} named={accounts.length > 1} />
      ))}
      {model.push.value.kind === 'askable' && !dismissed.value && (
        <div class="notice notice-push">
          <Icon name="bell" />
          <div class="notice-text">
            <p>{t('push.invite')}</p>
          </div>
          <BusyButton class="button button-primary button-small" action={() => model.enablePush()}>
            {t('push.enable')}
          </BusyButton>
          <button
            type="button"
            class="icon-button"
            aria-label={t('common.dismiss')}
            onClick={() => {
              dismissed.value = true;
            }}
          >
            <Icon name="close" size={18} />
          </button>
        </div>
      )}
    </>
  );
}
