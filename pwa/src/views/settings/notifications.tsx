// Notifications: their state, a switch, muting, and the delivery check.

import { mediumTime } from '../../locales/format.ts';
import type { PushState } from '../../model/model.ts';
import { nextMorning } from '../mute.ts';
import { PushHelp } from '../pairing/push-help.tsx';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { DeliveryCheck } from './delivery-check.tsx';
import { Panel } from './panel.tsx';

const HOUR = 3_600_000;

const LIGHTS: Readonly<Record<PushState['kind'], string>> = {
  unknown: 'connecting',
  impossible: 'refused',
  askable: 'offline',
  denied: 'refused',
  off: 'offline',
  on: 'connected',
};

function Mute() {
  const { model, t, translator, now, attempt } = useUi();
  const { mutedUntil } = model.settings.value;
  const mute = (until: number) => void attempt(() => model.setSettings({ mutedUntil: until }));
  const isMuted = mutedUntil > now.value;
  return (
    <div class="setting">
      <div class="setting-text">
        <h3>{t('mute.title')}</h3>
        <p class="muted" aria-live="polite">
          {isMuted ? t('mute.until', { time: mediumTime(translator.value, mutedUntil) }) : t('mute.hint')}
        </p>
      </div>
      <div class="buttons">
        {isMuted ? (
          <button type="button" class="button button-small" onClick={() => mute(0)}>
            {t('mute.end')}
          </button>
        ) : (
          <>
            <button type="button" class="button button-small" onClick={() => mute(Date.now() + HOUR)}>
              {t('mute.hour')}
            </button>
            <button type="button" class="button button-small" onClick={() => mute(nextMorning(Date.now()))}>
              {t('mute.morning')}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

export function Notifications() {
  const { model, t } = useUi();
  const push = model.push.value;
  return (
    <Panel title={t('settings.notifications')}>
      <div class="setting">
        <div class="setting-text">
          <h3 class="light">
            <span class={`light-dot light-${LIGHTS[push.kind]}`} aria-hidden="true" />
            {t(`push.state.${push.kind}`)}
          </h3>
          {push.kind === 'off' && push.why !== undefined && <p class="hint hint-warn">{t(push.why)}</p>}
        </div>
        {(push.kind === 'askable' || push.kind === 'off') && (
          <BusyButton class="button button-primary" action={() => model.enablePush()}>
            <Icon name="bell" size={18} />
            {t('push.enable')}
          </BusyButton>
        )}
        {push.kind === 'on' && (
          <BusyButton class="button button-small" action={() => model.disablePush()}>
            {t('push.disable')}
          </BusyButton>
        )}
      </div>
      <PushHelp />
      {push.kind !== 'impossible' && <Mute />}
      <DeliveryCheck />
    </Panel>
  );
}
