// What an owner does at one relay: the heading, the choice of the relay, and one of the views.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Owner } from '../../model/owner/owner.ts';
import type { OwnerRoute } from '../route.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Beats } from './beats.tsx';
import { Manage } from './manage.tsx';
import { type OwnerProps, useTexts } from './owner-ui.ts';
import { Senders } from './senders.tsx';

function View({ route, account, owner }: OwnerProps & { readonly route: OwnerRoute }) {
  switch (route.view) {
    case 'senders':
      return <Senders account={account} owner={owner} />;
    case 'beats':
      return <Beats account={account} owner={owner} />;
    case 'manage':
      return <Manage account={account} owner={owner} code={route.code} />;
  }
}

export function OwnerView({ route }: { readonly route: OwnerRoute }) {
  const ui = useUi();
  const t = useTexts();
  const accounts = ui.model.accounts.value;
  const [chosen, setChosen] = useState('');
  const [owner, setOwner] = useState<Owner | undefined>(undefined);
  const account = accounts.find(({ id }) => id === chosen) ?? accounts[0];
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [route.view]);
  useEffect(() => {
    let stays = true;
    setOwner(undefined);
    if (account !== undefined) {
      void ui.attempt(async () => {
        const made = await ui.model.owner(account.id);
        if (stays) setOwner(made);
      });
    }
    return () => {
      stays = false;
    };
  }, [ui, account?.id]);
  if (account === undefined) return null;
  return (
    <div class="page">
      <header class="owner-head">
        <button
          type="button"
          class="icon-button"
          aria-label={t('back')}
          onClick={() => ui.go({ view: 'settings' }, { replace: true })}
        >
          <Icon name="back" />
        </button>
        <h1 ref={heading} class="view-title" tabIndex={-1}>
          {t(`panel.${route.view}`)}
        </h1>
        {accounts.length > 1 && (
          <select
            class="input"
            aria-label={t('relay')}
            value={account.id}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {accounts.map(({ id, server }) => (
              <option key={id} value={id}>
                {new URL(server).host}
              </option>
            ))}
          </select>
        )}
      </header>
      {owner === undefined ? (
        <p class="loading" role="status" aria-label={ui.t('common.loading')} />
      ) : (
        <View key={`${route.view} ${account.id}`} route={route} account={account} owner={owner} />
      )}
    </div>
  );
}
