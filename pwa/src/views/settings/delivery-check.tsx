// Checks step by step whether a push arrives here, and says what to do about the step that fails.
import { useState } from 'preact/hooks';
import type { CheckStep } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

const SIGNS = { waiting: 'clock', running: 'refresh', ok: 'check', failed: 'alert' } as const;

function Step({ step }: { readonly step: CheckStep }) {
  const { t } = useUi();
  return (
    <li class={`check-step check-${step.state}`}>
      <span class="check-sign">
        <Icon name={SIGNS[step.state]} size={18} />
      </span>
      <div>
        <span>
          {t(`check.part.${step.part}`)}
          <span class="visually-hidden">: {t(`check.state.${step.state}`)}</span>
        </span>
        {step.why !== undefined && <p class="hint hint-bad">{t(step.why)}</p>}
      </div>
    </li>
  );
}

export function DeliveryCheck() {
  const { model, t, attempt } = useUi();
  const accounts = model.accounts.value;
  const [accountId, setAccountId] = useState('');
  const [steps, setSteps] = useState<readonly CheckStep[]>([]);
  const [busy, setBusy] = useState(false);
  const account = accounts.find(({ id }) => id === accountId) ?? accounts[0];
  if (account === undefined) return null;
  const check = async () => {
    setBusy(true);
    setSteps([]);
    await attempt(() => model.checkDelivery(account.id, (next) => setSteps([...next])));
    setBusy(false);
  };
  const isProven = !busy && steps.length > 0 && steps.every((step) => step.state === 'ok');
  return (
    <div class="setting setting-column">
      <div class="setting-row">
        <div class="setting-text">
          <h3>{t('check.title')}</h3>
          <p class="muted">{t('check.hint')}</p>
        </div>
        {accounts.length > 1 && (
          <select
            class="input"
            aria-label={t('details.server')}
            value={account.id}
            onChange={(event) => setAccountId(event.currentTarget.value)}
          >
            {accounts.map(({ id, server }) => (
              <option key={id} value={id}>
                {new URL(server).host}
              </option>
            ))}
          </select>
        )}
        <button type="button" class="button button-small" disabled={busy} aria-busy={busy} onClick={() => void check()}>
          {t(busy ? 'check.running' : 'check.run')}
        </button>
      </div>
      <div aria-live="polite">
        {steps.length > 0 && (
          <ol class="check-steps">
            {steps.map((step) => (
              <Step key={step.part} step={step} />
            ))}
          </ol>
        )}
        {isProven && <p class="hint hint-good">{t('check.proven')}</p>}
      </div>
    </div>
  );
}
