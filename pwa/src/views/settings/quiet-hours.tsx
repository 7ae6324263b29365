// Quiet hours of this device at each relay, and what it has muted.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { DeviceQuiet } from '../../../../shared/api.ts';
import type { QuietHours as Hours, Mute } from '../../../../shared/quiet.ts';
import { clockTime, timeOfDay } from '../../locales/format.ts';
import type { Account, QuietChange } from '../../model/model.ts';
import { muteLabel } from '../mute.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Failed } from '../shell/failed.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { EditQuietHours } from './edit-quiet-hours.tsx';
import { Panel } from './panel.tsx';

function MutedRow({ mute, onEnd }: { readonly mute: Mute; readonly onEnd: () => Promise<unknown> }) {
  const ui = useUi();
  const { t, translator, now } = ui;
  const name = muteLabel(ui, mute);
  return (
    <li class="device">
      <Icon name="bellOff" size={18} />
      <div class="device-text">
        <strong class="clip" dir="auto">
          {name}
        </strong>
        <span class="muted">
          {mute.until === undefined
            ? t('silence.forever')
            : t('silence.until', { time: clockTime(translator.value, mute.until, now.value) })}
        </span>
      </div>
      <BusyButton class="button button-small" label={t('silence.end_one', { name })} action={onEnd}>
        {t('silence.end')}
      </BusyButton>
    </li>
  );
}

interface HoursProps {
  readonly silence: DeviceQuiet;
  readonly change: (change: QuietChange) => Promise<unknown>;
  readonly onEdit: () => void;
}

function HoursRow({ silence, change, onEdit }: HoursProps) {
  const { t, translator, now } = useUi();
  const { quiet, quietPreset, quietUntil } = silence;
  const hours: Hours | undefined = quiet === false ? undefined : (quiet ?? quietPreset);
  const isNow = quietUntil !== undefined && quietUntil > now.value;
  return (
    <div class="setting">
      <div class="setting-text">
        <h3 class="light">
          <span class={`light-dot light-${isNow ? 'connected' : 'offline-quiet'}`} aria-hidden="true" />
          {hours === undefined
            ? t('quiet.off')
            : t('quiet.on', {
                from: timeOfDay(translator.value, hours.from),
                to: timeOfDay(translator.value, hours.to),
              })}
        </h3>
        {isNow && <p>{t('quiet.now', { time: clockTime(translator.value, quietUntil, now.value) })}</p>}
        {quiet === undefined && hours !== undefined && <p class="muted">{t('quiet.preset')}</p>}
        <p class="muted">{t('quiet.hint')}</p>
      </div>
      <div class="buttons">
        <button type="button" class="button button-small" onClick={onEdit}>
          {t(hours === undefined ? 'quiet.enable' : 'quiet.change')}
        </button>
        {hours !== undefined && (
          <BusyButton class="button button-small" action={() => change({ quiet: false })}>
            {t('quiet.disable')}
          </BusyButton>
        )}
        {quiet !== undefined && quietPreset !== undefined && (
          <BusyButton class="button button-small button-quiet" action={() => change({ quiet: null })}>
            {t('quiet.use_preset')}
          </BusyButton>
        )}
      </div>
    </div>
  );
}

function SilenceOf({ account, named }: { readonly account: Account; readonly named: boolean }) {
  const { model, t, explain } = useUi();
  const [silence, setSilence] = useState<DeviceQuiet | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [isEditing, setEditing] = useState(false);
  const load = useCallback(async () => {
    setFailure(undefined);
    try {
      setSilence(await model.quiet(account.id));
    } catch (error) {
      setFailure(explain(error));
    }
  }, [model, account.id, explain]);
  useEffect(() => {
    void load();
  }, [load]);
  const change = async (part: QuietChange) => setSilence(await model.changeQuiet(account.id, part));
  const mutes = silence?.mutes ?? [];
  return (
    <div class="devices">
      {named && <h3>{new URL(account.server).host}</h3>}
      {silence === undefined && failure === undefined && (
        <p class="loading" role="status" aria-label={t('common.loading')} />
      )}
      {failure !== undefined && <Failed failure={failure} retry={() => void load()} />}
      {silence !== undefined && <HoursRow silence={silence} change={change} onEdit={() => setEditing(true)} />}
      {mutes.length > 0 && (
        <>
          <h3>{t('silence.title')}</h3>
          <ul class="device-list">
            {mutes.map((mute) => (
              <MutedRow
                key={JSON.stringify(mute)}
                mute={mute}
                onEnd={() => {
                  const { until: _, ...what } = mute;
                  return change({ unmute: what });
                }}
              />
            ))}
          </ul>
        </>
      )}
      {isEditing && silence !== undefined && (
        <EditQuietHours
          account={account}
          hours={silence.quiet === false ? undefined : (silence.quiet ?? silence.quietPreset)}
          save={(hours) => change({ quiet: hours })}
          onClose={() => setEditing(false)}
        />
      )}
    </div>
  );
}

export function QuietHours() {
  const { model, t } = useUi();
  const accounts = model.accounts.value;
  return (
    <Panel title={t('quiet.title')}>
      {accounts.map((account) => (
        <SilenceOf key={account.id} account={account} named={accounts.length > 1} />
      ))}
    </Panel>
  );
}
