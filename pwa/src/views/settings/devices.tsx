// Lists the owner's devices with their last message, and removes or pairs devices.
import { signal } from '@preact/signals';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { DeviceInfo } from '../../../../shared/api.ts';
import { clockTime, fullTime, relativeTime } from '../../locales/format.ts';
import type { Account } from '../../model/model.ts';
import { Failed } from '../shell/failed.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { PairDialog } from './pair-dialog.tsx';
import { Panel } from './panel.tsx';

const ROUTES = ['websocket', 'webpush', 'fcm', 'webhook'] as const;

function isKnownRoute(route: string): route is (typeof ROUTES)[number] {
  return (ROUTES as readonly string[]).includes(route);
}

function LastProof({ device }: { readonly device: DeviceInfo }) {
  const { t, translator, now } = useUi();
  const time = device.lastReceivedAt;
  if (time === null) return <>{t('devices.never')}</>;
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(translator.value, time)}>
      {t('devices.last', { time: relativeTime(translator.value, time, now.value) })}
    </time>
  );
}

/** Finds all devices that a device paired, directly or through others. The relay has the same rule. */
export function letInBy(name: string, devices: readonly DeviceInfo[]): readonly string[] {
  const found = new Set([name]);
  // The loop also visits the names that it adds to the set.
  for (const pairedBy of found) {
    const maker = devices.find((device) => device.name === pairedBy);
    for (const device of devices) {
      const isPaired = device.pairedBy === pairedBy && maker !== undefined && device.createdAt >= maker.createdAt;
      if (isPaired) found.add(device.name);
    }
  }
  found.delete(name);
  return [...found];
}

interface DeviceRowProps {
  readonly account: Account;
  readonly device: DeviceInfo;
  readonly devices: readonly DeviceInfo[];
  readonly onRemoved: () => void;
}

function DeviceRow({ account, device, devices, onRemoved }: DeviceRowProps) {
  const ui = useUi();
  const { t, model, translator, now } = ui;
  const isThis = device.name === account.name;
  const remove = async () => {
    // This device stays: to remove it, a person signs out.
    const letIn = letInBy(device.name, devices).filter((name) => name !== account.name);
    const withPaired = signal(false);
    const dropped = device.queued === 0 ? [] : [t('devices.remove_queued', { count: device.queued })];
    const yes = await ui.ask({
      title: t('devices.remove_title', { name: device.name }),
      text: [t('devices.remove_text'), ...dropped].join(' '),
      yes: t('devices.remove'),
      danger: true,
      ...(letIn.length === 0
        ? {}
        : { option: { label: t('devices.remove_paired', { names: letIn.join(', ') }), chosen: withPaired } }),
    });
    if (yes && (await ui.attempt(() => model.removeDevice(account.id, device.name, withPaired.value)))) onRemoved();
  };
  const ways = device.routes.map((route) => (isKnownRoute(route) ? t(`route.${route}`) : route));
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
        {device.quietUntil !== undefined && device.quietUntil > now.value && (
          <span class="muted">
            {t('quiet.now', { time: clockTime(translator.value, device.quietUntil, now.value) })}
          </span>
        )}
        {ways.length > 0 && <span class="muted">{t('devices.reached_by', { ways: ways.join(', ') })}</span>}
        {device.groups.length > 0 && (
          <span class="muted">{t('devices.in_groups', { groups: device.groups.join(', ') })}</span>
        )}
        {device.pairedBy !== undefined && (
          <span class="muted">{t('devices.paired_by', { name: device.pairedBy })}</span>
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
      {failure !== undefined && <Failed failure={failure} retry={() => void load()} />}
      {devices !== undefined && (
        <ul class="device-list">
          {devices.map((device) => (
            <DeviceRow
              key={device.name}
              account={account}
              device={device}
              devices={devices}
              onRemoved={() => void load()}
            />
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
