// This device at each of its relays: name, groups, connection, and signing out.
import { useState } from 'preact/hooks';
import type { Account } from '../../model/model.ts';
import { ConnectionNotice, Light, stateOf } from '../shell/connection.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { EditDevice } from './edit-device.tsx';
import { Panel } from './panel.tsx';

function AccountCard({ account }: { readonly account: Account }) {
  const ui = useUi();
  const { t, model } = ui;
  const [isEditing, setEditing] = useState(false);
  const signOut = async () => {
    const yes = await ui.ask({
      title: t('sign_out.title'),
      text: t('sign_out.text', { name: account.name, server: new URL(account.server).host }),
      yes: t('sign_out.yes'),
      danger: true,
    });
    if (yes) await ui.attempt(() => model.signOut(account.id));
  };
  return (
    <div class="account">
      <div class="account-head">
        <span class="avatar" aria-hidden="true">
          <Icon name="device" />
        </span>
        <div class="account-who">
          <strong class="clip" dir="auto">
            {account.name}
          </strong>
          <span class="muted clip">{account.server.replace(/^https?:\/\//, '')}</span>
        </div>
        <Light state={stateOf(ui, account)} />
      </div>
      <ConnectionNotice account={account} named={false} />
      {account.groups.length > 0 && (
        <ul class="tags" aria-label={t('pairing.groups')}>
          {account.groups.map((group) => (
            <li key={group} class="tag">
              {group}
            </li>
          ))}
        </ul>
      )}
      <div class="buttons">
        <button type="button" class="button button-small" onClick={() => setEditing(true)}>
          {t('edit.title')}
        </button>
        <button type="button" class="button button-small button-quiet button-leave" onClick={() => void signOut()}>
          <Icon name="exit" size={16} />
          {t('sign_out.yes')}
        </button>
      </div>
      {isEditing && <EditDevice account={account} onClose={() => setEditing(false)} />}
    </div>
  );
}

export function ThisDevice() {
  const { model, t, go } = useUi();
  return (
    <Panel title={t('settings.this_device')}>
      {model.accounts.value.map((account) => (
        <AccountCard key={account.id} account={account} />
      ))}
      <button type="button" class="button" onClick={() => go({ view: 'pair', code: '' })}>
        <Icon name="plus" size={18} />
        {t('pairing.add_server')}
      </button>
    </Panel>
  );
}
