// One message, and step by step how it came to each recipient.
import type { ActivityMessage, ActivityRecipient, DeliveryStep } from '../../../../shared/api.ts';
import { isReceived, type Status as PublicStatus } from '../../../../shared/status.ts';
import { clockTime, fullTime } from '../../locales/format.ts';
import { Status, statusText } from '../send/statuses.tsx';
import { BusyButton } from '../shell/busy-button.tsx';
import { useUi } from '../ui.ts';
import { type OwnerProps, type OwnerText, useTexts } from './owner-ui.ts';

type Tone = 'good' | 'bad' | 'waits';

function toneOf(status: string): Tone {
  if (status === 'failed' || status === 'no') return 'bad';
  return isReceived(status as PublicStatus) ? 'good' : 'waits';
}

const SUMMARY = {
  good: 'activity.count_received',
  bad: 'activity.count_failed',
  waits: 'activity.count_waiting',
} as const;

/** `2 received, 1 failed`. */
function summaryOf({ recipients, total }: ActivityMessage, t: OwnerText): string {
  if (total === 0) return t('activity.feed');
  // Of a large group, the relay tells those that need a look first. All others have received it.
  const counts = { good: total - recipients.length, bad: 0, waits: 0 };
  for (const { status } of recipients) counts[toneOf(status)] += 1;
  return (['bad', 'waits', 'good'] as const)
    .filter((tone) => counts[tone] > 0)
    .map((tone) => t(SUMMARY[tone], { count: counts[tone] }))
    .join(' · ');
}

const WAYS = ['websocket', 'webpush', 'fcm', 'webhook'] as const;

/** The time since the message was accepted: `+41 ms`, `+3.4 sec`, `+25 min`. */
function since(ms: number, tag: string): string {
  const units = [
    ['millisecond', 1, 1000],
    ['second', 1000, 600_000],
    ['minute', 60_000, Number.POSITIVE_INFINITY],
  ] as const;
  const passed = Math.max(0, ms);
  const [unit, size] = units.find(([, , below]) => passed < below) ?? units[0];
  const digits = unit === 'second' && passed < 10_000 ? 1 : 0;
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits } as const;
  return `+${new Intl.NumberFormat(tag, options).format(passed / size)}`;
}

function Step({ step, start }: { readonly step: DeliveryStep; readonly start: number }) {
  const { t: pageText, translator } = useUi();
  const t = useTexts();
  const { at, status, held, transport, failure, reason } = step;
  const known = WAYS.find((way) => way === transport);
  const way = known === undefined ? transport : pageText(`route.${known}`);
  const text =
    failure !== undefined
      ? t(`step.${failure}`)
      : status === 'wait' && transport === 'websocket'
        ? t('step.sent')
        : status === 'failed' && transport === undefined
          ? t('step.expired')
          : statusText(pageText, held === true ? 'held' : (status ?? ''));
  return (
    <li class={`track-step ${failure !== undefined || status === 'failed' ? 'track-bad' : ''}`}>
      <time dateTime={new Date(at).toISOString()} title={fullTime(translator.value, at)}>
        {since(at - start, translator.value.tag)}
      </time>
      <span>
        {text}
        {way !== undefined && <span class="muted"> · {way}</span>}
        {reason !== undefined && (
          <span class="track-reason" dir="auto">
            {reason}
          </span>
        )}
      </span>
    </li>
  );
}

interface RecipientProps extends Pick<OwnerProps, 'owner'> {
  readonly message: ActivityMessage;
  readonly recipient: ActivityRecipient;
  readonly onSent: () => Promise<void>;
}

function Recipient({ owner, message, recipient, onSent }: RecipientProps) {
  const { toast, translator, now } = useUi();
  const t = useTexts();
  const { device, status, held, steps } = recipient;
  const again = async () => {
    await owner.sendAgain(message.mid, device);
    toast(t('activity.sent_again', { name: device }));
    await onSent();
  };
  return (
    <li class="recipient">
      <div class="row-pair">
        <strong class="clip" dir="auto">
          {device}
        </strong>
        <Status status={held === true ? 'held' : status} />
      </div>
      <ol class="track">
        <li class="track-step">
          <time
            dateTime={new Date(message.createdAt).toISOString()}
            title={fullTime(translator.value, message.createdAt)}
          >
            {clockTime(translator.value, message.createdAt, now.value)}
          </time>
          <span>{t('step.accepted')}</span>
        </li>
        {steps.map((step, index) => (
          <Step key={index} step={step} start={message.createdAt} />
        ))}
      </ol>
      {status === 'failed' && (
        <BusyButton class="button button-small" label={t('activity.again_one', { name: device })} action={again}>
          {t('activity.again')}
        </BusyButton>
      )}
    </li>
  );
}

export function ActivityRow({ message, ...props }: Omit<RecipientProps, 'recipient'>) {
  const { t: pageText, translator, now } = useUi();
  const t = useTexts();
  const { title, from, sendType, target, createdAt, recipients, total } = message;
  const tone = recipients.some(({ status }) => toneOf(status) === 'bad') ? 'bad' : 'plain';
  return (
    <li>
      <details>
        <summary>
          <span class="row-pair">
            <strong class="clip" dir="auto">
              {title}
            </strong>
            <time
              class="muted"
              dateTime={new Date(createdAt).toISOString()}
              title={fullTime(translator.value, createdAt)}
            >
              {clockTime(translator.value, createdAt, now.value)}
            </time>
          </span>
          <span class="row-pair">
            <span class="muted clip" dir="auto">
              {from === '' ? t('activity.nobody') : from} →{' '}
              {pageText(sendType === 'group' ? 'details.to_group' : 'details.to_device', { name: target })}
            </span>
            <span class={tone === 'bad' ? 'hint-bad' : 'muted'}>{summaryOf(message, t)}</span>
          </span>
        </summary>
        <ul class="recipients">
          {recipients.map((recipient) => (
            <Recipient key={recipient.device} message={message} recipient={recipient} {...props} />
          ))}
        </ul>
        {total > recipients.length && <p class="muted">{t('activity.more', { count: total - recipients.length })}</p>}
      </details>
    </li>
  );
}
