// The step after pairing: enables notifications, or explains what they need.
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { PushHelp } from './push-help.tsx';

export function WelcomeStep({ onDone }: { readonly onDone: () => void }) {
  const { model, t } = useUi();
  const push = model.push.value;
  const canEnable = push.kind === 'askable' || push.kind === 'off' || push.kind === 'unknown';
  return (
    <div class="panel welcome">
      <span class="state-icon">
        <Icon name={push.kind === 'impossible' || push.kind === 'denied' ? 'bellOff' : 'bell'} size={28} />
      </span>
      <p>{t(push.kind === 'on' ? 'push.state.on' : 'push.why')}</p>
      <PushHelp />
      {canEnable && (
        <BusyButton class="button button-primary button-big button-wide" action={() => model.enablePush()}>
          {t('push.enable')}
        </BusyButton>
      )}
      <button
        type="button"
        class={`button button-wide ${canEnable ? 'button-quiet' : 'button-primary button-big'}`}
        onClick={onDone}
      >
        {t(canEnable ? 'pairing.later' : 'pairing.to_inbox')}
      </button>
    </div>
  );
}
