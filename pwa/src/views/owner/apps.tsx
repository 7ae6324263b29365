// The apps of the channel core: their channels, and their events as they come.
import { useEffect, useState } from 'preact/hooks';
import type { AppEvent, AppInfo } from '../../../../shared/api.ts';
import { Panel } from '../settings/panel.tsx';
import { useUi } from '../ui.ts';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

const REFRESH = 5000;
/** The most events that are shown. */
const MAX_EVENTS = 100;

function Channels({ account, owner, id }: OwnerProps & { readonly id: string }) {
  const t = useTexts();
  const [prefix, setPrefix] = useState('');
  const loaded = useLoaded(`${account.id} ${id} ${prefix}`, () => owner.appChannels(id, prefix));
  useRefresh(() => void loaded.load(), REFRESH);
  return (
    <Panel title={t('apps.channels')}>
      <TextField label={t('apps.prefix')} value={prefix} onChange={setPrefix} />
      <Shown loaded={loaded}>
        {({ channels, total, connections }) => (
          <>
            <p class="muted">
              {t('apps.connections', { count: connections })} · {t('apps.total', { count: total })}
            </p>
            <ul class="plain-rows">
              {channels.map(({ name, subscriptions, users }) => (
                <li key={name} class="row-pair">
                  <span class="clip" dir="auto">
                    {name}
                  </span>
                  <span class="muted">
                    {t('apps.subscriptions', { count: subscriptions })}
                    {users !== undefined && ` · ${t('apps.users', { count: users })}`}
                  </span>
                </li>
              ))}
            </ul>
            {total > channels.length && <p class="muted">{t('apps.more', { count: total - channels.length })}</p>}
          </>
        )}
      </Shown>
    </Panel>
  );
}

function Events({ owner, id }: Pick<OwnerProps, 'owner'> & { readonly id: string }) {
  const { translator } = useUi();
  const t = useTexts();
  const [isWatching, setWatching] = useState(false);
  const [events, setEvents] = useState<readonly AppEvent[]>([]);
  useEffect(() => {
    if (!isWatching) return undefined;
    return owner.followApp(id, (event) => setEvents((before) => [event, ...before].slice(0, MAX_EVENTS)));
  }, [isWatching, owner, id]);
  const time = new Intl.DateTimeFormat(translator.value.tag, { timeStyle: 'medium' });
  return (
    <Panel title={t('apps.events')}>
      <p class="muted">{t('apps.events_hint')}</p>
      <button type="button" class="button" aria-pressed={isWatching} onClick={() => setWatching(!isWatching)}>
        {t(isWatching ? 'apps.stop' : 'apps.watch')}
      </button>
      {isWatching && events.length === 0 && (
        <p class="muted" role="status">
          {t('apps.waiting')}
        </p>
      )}
      {events.length > 0 && (
        <ul class="log">
          {events.map((event, index) => (
            <li key={events.length - index} class="log-line">
              <span class="log-head">
                <time class="muted" dateTime={new Date(event.at).toISOString()}>
                  {time.format(event.at)}
                </time>
                <strong class="clip" dir="auto">
                  {event.channel}
                </strong>
                <span class="clip">{event.name}</span>
              </span>
              <span class="log-facts" dir="auto">
                {event.data}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function App({ account, owner, apps }: OwnerProps & { readonly apps: readonly AppInfo[] }) {
  const t = useTexts();
  const [chosen, setChosen] = useState(apps[0]?.id ?? '');
  const app = apps.find(({ id }) => id === chosen) ?? apps[0];
  if (app === undefined) return <p class="muted">{t('apps.none')}</p>;
  const { id, enabled, keys, registered } = app;
  return (
    <>
      {apps.length > 1 && (
        <select
          class="input"
          aria-label={t('apps.choose')}
          value={id}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {apps.map((one) => (
            <option key={one.id}>{one.id}</option>
          ))}
        </select>
      )}
      <p>
        <strong dir="auto">{id}</strong>{' '}
        <span class="muted">
          {t('apps.keys', { count: keys.filter(({ active }) => active).length })} ·{' '}
          {t(registered ? 'apps.registered' : 'apps.configured')}
        </span>{' '}
        {!enabled && <span class="status status-bad">{t('apps.off')}</span>}
      </p>
      <Channels key={`channels ${id}`} account={account} owner={owner} id={id} />
      <Events key={`events ${id}`} owner={owner} id={id} />
    </>
  );
}

export function Apps({ account, owner }: OwnerProps) {
  const t = useTexts();
  const loaded = useLoaded(account.id, owner.apps);
  return (
    <>
      <p class="prose">{t('apps.intro')}</p>
      <Shown loaded={loaded}>
        {(apps) => (
          // The app of the relay itself has the devices.
          <App account={account} owner={owner} apps={apps.filter(({ id }) => id !== RELAY_APP)} />
        )}
      </Shown>
    </>
  );
}

/** The id of the app that the relay has for its own devices. */
const RELAY_APP = 'relay';
