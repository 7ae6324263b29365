// The other devices of the owner: when each last proved that it receives, and the way to remove it.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { DeviceInfo } from '../../../../shared/api.ts';
import type { Account } from '../../model/model.ts';
import { fullTime, relativeTime } from '../../words/format.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { PairDialog } from './pair-dialog.tsx';
import { Panel } from './panel.tsx';

function LastProof({ device }: { readonly device: DeviceInfo }) {
  const { t, speech, now } = useUi();
  if (device.lastReceived === null) return <>{t('devices.never')}</>;
  const time = Number(device.lastReceived);
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(speech.value, time)}>
      {t('devices.last', { time: relativeTime(speech.value, time, now.value) })}
    </time>
  );
}

interface DeviceRowProps {
  readonly account: Account;
  readonly device: DeviceInfo;
  readonly onRemoved: () => void;
}

function DeviceRow({ account, device, onRemoved }: DeviceRowProps) {
  const ui = useUi();
  const { t, model } = ui;
  const isThis = device.name === account.name;
  const remove = async () => {
    const yes = await ui.ask({
      title: t('devices.remove_title', { name: device.name }),
      text: t('devices.remove_text', { count: device.queued }),
      yes: t('devices.remove'),
      danger: true,
    });
    if (yes && (await ui.attempt(() => model.removeDevice(account.id, device.name)))) onRemoved();
  };
  return (
    <li class="device">
      <span class={`light-dot ${device.online ? 'light-connected' : 'light-offline-quiet'}`} aria-hidden="true" />
      <div class="device-text">
        <strong class="clip" dir="auto">
          {device.name}
          {isThis && <span class="muted"> ({t('devices.this')})</span>}
        </strong>
        <span class="muted">
          {t(device.online ? 'devices.online' : 'devices.offline')} · <LastProof device={device} />
          {device.queued > 0 && ` · ${t('devices.queued', { count: device.queued })}`}
        </span>
        {(device.groups.length > 0 || device.routes.length > 0) && (
          <span class="muted clip">{[...device.groups, ...device.routes].join(' · ')}</span>
        )}
      </div>
      {!isThis && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('devices.remove_title', { name: device.name })}
          onClick={() => void remove()}
        >
          <Icon name="trash" />
        </button>
      )}
    </li>
  );
}

function DevicesOf({ account, named }: { readonly account: Account; readonly named: boolean }) {
  const { model, t, explain } = useUi();
  const [devices, setDevices] = useState<readonly DeviceInfo[] | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [isPairing, setPairing] = useState(false);
  const load = useCallback(async () => {
    setFailure(undefined);
    try {
      setDevices(await model.devices(account.id));
    } catch (error) {
      setFailure(explain(error));
    }
  }, [model, account.id, explain]);
  useEffect(() => {
    void load();
  }, [load]);
  return (
    <div class="devices">
      {named && <h3>{new URL(account.server).host}</h3>}
      {devices === undefined && failure === undefined && (
        <p class="loading" role="status" aria-label={t('common.loading')} />
      )}
      {failure !== undefined && (
        <div class="notice notice-offline" role="alert">
          <Icon name="alert" />
          <p class="notice-text">{failure}</p>
          <button type="button" class="button button-small" onClick={() => void load()}>
            {t('common.retry')}
          </button>
        </div>
      )}
      {devices !== undefined && (
        <ul class="device-list">
          {devices.map((device) => (
            <DeviceRow key={device.name} account={account} device={device} onRemoved={() => void load()} />
          ))}
        </ul>
      )}
      <button type="button" class="button" onClick={() => setPairing(true)}>
        <Icon name="qr" size={18} />
        {t('devices.pair')}
      </button>
      {isPairing && (
        <PairDialog
          account={account}
          onClose={() => {
            setPairing(false);
            void load();
          }}
        />
      )}
    </div>
  );
}

export function Devices() {
  const { model, t } = useUi();
  const accounts = model.accounts.value;
  return (
    <Panel title={t('settings.devices')}>
      {accounts.map((account) => (
        <DevicesOf key={account.id} account={account} named={accounts.length > 1} />
      ))}
    </Panel>
  );
}
