// The status of a sent message for each recipient, in words and colours.

import { mediumTime } from '../../locales/format.ts';
import type { SentMessage } from '../../model/model.ts';
import { Icon, type IconName } from '../shell/icon.tsx';
import { type Ui, useUi } from '../ui.ts';
import { SentQuestion } from './sent-question.tsx';

type Tone = 'good' | 'taken' | 'waits' | 'bad';

const STATUSES = {
  no: { tone: 'bad', icon: 'close' },
  ready: { tone: 'waits', icon: 'clock' },
  held: { tone: 'waits', icon: 'bellOff' },
  wait: { tone: 'waits', icon: 'clock' },
  'webpush-wait': { tone: 'waits', icon: 'clock' },
  'fcm-wait': { tone: 'waits', icon: 'clock' },
  'webpush-ok': { tone: 'taken', icon: 'check' },
  'fcm-ok': { tone: 'taken', icon: 'check' },
  'webpush-ok-comfirm': { tone: 'good', icon: 'checks' },
  'fcm-ok-comfirm': { tone: 'good', icon: 'checks' },
  failed: { tone: 'bad', icon: 'alert' },
  ok: { tone: 'good', icon: 'checks' },
} as const satisfies Record<string, { readonly tone: Tone; readonly icon: IconName }>;

function isKnown(status: string): status is keyof typeof STATUSES {
  return Object.hasOwn(STATUSES, status);
}

/** A status in words. Unknown statuses of newer relays are shown as they are. */
export function statusText(t: Ui['t'], status: string): string {
  return isKnown(status) ? t(`status.${status}`) : status;
}

/** A status with its colour. */
export function Status({ status }: { readonly status: string }) {
  const { t } = useUi();
  const { tone, icon } = isKnown(status) ? STATUSES[status] : { tone: 'waits', icon: 'clock' as const };
  return (
    <span class={`status status-${tone}`}>
      <Icon name={icon} size={16} />
      {statusText(t, status)}
    </span>
  );
}

function Statuses({ sent }: { readonly sent: SentMessage }) {
  const { t } = useUi();
  if (sent.statuses.size === 0) return <p class="muted">{t('sent.empty_group')}</p>;
  return (
    <ul class="statuses" aria-live="polite">
      {[...sent.statuses].map(([name, status]) => (
        <li key={name}>
          <span class="clip" dir="auto">
            {name}
          </span>
          <Status status={status} />
        </li>
      ))}
    </ul>
  );
}

export function SentHistory() {
  const { model, t, translator } = useUi();
  const sent = model.sent.value;
  if (sent.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="sent-heading">
      <h2 id="sent-heading" class="panel-title">
        {t('sent.title')}
      </h2>
      <ul class="sent">
        {sent.map((one, index) => (
          <li key={`${one.accountId}/${one.mid}`}>
            <details open={index === 0}>
              <summary>
                <span class="sent-title clip" dir="auto">
                  {one.title}
                </span>
                <span class="muted">
                  {t(one.group ? 'details.to_group' : 'details.to_device', { name: one.target })} ·{' '}
                  {mediumTime(translator.value, one.time)}
                </span>
              </summary>
              <SentQuestion sent={one} />
              <Statuses sent={one} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
