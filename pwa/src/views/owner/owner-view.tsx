// What an owner does at one relay: the heading, the choice of the relay, and one of the views.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Owner } from '../../model/owner/owner.ts';
import type { OwnerRoute, OwnerViewName } from '../route.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Activity } from './activity.tsx';
import { Apps } from './apps.tsx';
import { Backup } from './backup.tsx';
import { Beats } from './beats.tsx';
import { OwnerDevices } from './devices.tsx';
import { Log } from './log.tsx';
import { Manage } from './manage.tsx';
import { Managed } from './managed.tsx';
import { Nodes } from './nodes.tsx';
import { Overview } from './overview.tsx';
import { OwnerTabs } from './owner-tabs.tsx';
import { type OwnerProps, useTexts } from './owner-ui.ts';
import { Senders } from './senders.tsx';
import { Templates } from './templates.tsx';
import { Webhooks } from './webhooks.tsx';

function View({ route, account, owner }: OwnerProps & { readonly route: OwnerRoute }) {
  const props = { account, owner };
  switch (route.view) {
    case 'overview':
      return <Overview {...props} />;
    case 'activity':
      return <Activity key={route.target} {...props} target={route.target} />;
    case 'senders':
      return <Senders {...props} />;
    case 'templates':
      return <Templates {...props} />;
    case 'devices':
      return <OwnerDevices {...props} />;
    case 'webhooks':
      return <Webhooks {...props} />;
    case 'apps':
      return <Apps {...props} />;
    case 'beats':
      return <Beats {...props} />;
    case 'nodes':
      return <Nodes {...props} />;
    case 'log':
      return <Log {...props} />;
    case 'backup':
      return <Backup {...props} />;
    case 'manage':
      return <Manage {...props} code={route.code} />;
  }
}

/** The views that ask by themselves, or that other devices may see too. */
const OPEN_VIEWS: ReadonlySet<OwnerViewName> = new Set(['senders', 'beats', 'manage']);

function Place(props: OwnerProps & { readonly route: OwnerRoute }) {
  const { view } = props.route;
  return (
    <>
      <OwnerTabs view={view} />
      {OPEN_VIEWS.has(view) ? (
        <View {...props} />
      ) : (
        <Managed {...props}>
          <View {...props} />
        </Managed>
      )}
    </>
  );
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
        <Place key={`${route.view} ${account.id}`} route={route} account={account} owner={owner} />
      )}
    </div>
  );
}
