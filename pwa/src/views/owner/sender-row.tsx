// One sender: where it sends, how its key is used, and what a person can change.
import { signal } from '@preact/signals';
import type { KeyInfo, MadeKeyInfo } from '../../../../shared/api.ts';
import { fullTime, mediumTime, relativeTime } from '../../locales/format.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { type OwnerProps, type OwnerText, useTexts } from './owner-ui.ts';

/** How long the old key stays good after a new one was made, in ms. */
const KEEP = 7 * 24 * 3_600_000;

function targetOf({ device, group, send }: KeyInfo, t: OwnerText): string {
  const target = device ?? group ?? (send === undefined || send.length === 0 ? undefined : send.join(', '));
  return target === undefined ? t('senders.to_nobody') : t('senders.to', { target });
}

function stateOf({ enabled, expires, configured }: KeyInfo, now: number): OwnerKey | undefined {
  if (!enabled) return 'senders.disabled';
  if (expires !== undefined && expires <= now) return 'senders.expired';
  return configured ? 'senders.configured' : undefined;
}

interface SenderRowProps extends Pick<OwnerProps, 'owner'> {
  readonly sender: KeyInfo;
  readonly onEdit: () => void;
  readonly onMade: (made: MadeKeyInfo) => void;
  readonly onChanged: () => Promise<void>;
}

function Usage({ sender: { lastUse, sent, refused, limited } }: Pick<SenderRowProps, 'sender'>) {
  const { translator, now } = useUi();
  const t = useTexts();
  const counts = [
    ['senders.sent', sent],
    ['senders.refused', refused],
    ['senders.limited', limited],
  ] as const;
  if (lastUse === null) return <span class="muted">{t('senders.unused')}</span>;
  return (
    <>
      <span class="muted">
        <time dateTime={new Date(lastUse.at).toISOString()} title={fullTime(translator.value, lastUse.at)}>
          {t('senders.used', {
            time: relativeTime(translator.value, lastUse.at, now.value),
            dialect: lastUse.dialect,
          })}
        </time>
        {counts.map(([text, count]) => count > 0 && ` · ${t(text, { count })}`)}
      </span>
      {lastUse.title !== '' && (
        <span class="muted clip" dir="auto">
          {t('senders.used_title', { title: lastUse.title })}
        </span>
      )}
    </>
  );
}

export function SenderRow({ owner, sender, onEdit, onMade, onChanged }: SenderRowProps) {
  const { ask, toast, translator, now } = useUi();
  const t = useTexts();
  const { name, enabled, expires, configured } = sender;
  const state = stateOf(sender, now.value);
  const rotate = async () => {
    const atOnce = signal(false);
    const yes = await ask({
      title: t('senders.rotate_title', { name }),
      text: t('senders.rotate_text'),
      yes: t('senders.rotate'),
      option: { label: t('senders.rotate_now'), chosen: atOnce },
    });
    if (yes) onMade(await owner.rotateSender(name, atOnce.value ? 0 : KEEP));
  };
  const remove = async () => {
    const title = t('senders.remove_title', { name });
    if (!(await ask({ title, text: t('senders.remove_text'), yes: t('senders.remove'), danger: true }))) return;
    await owner.removeSender(name);
    toast(t('senders.removed', { name }));
    await onChanged();
  };
  const toggle = async () => {
    await owner.changeSender(name, { enabled: !enabled });
    await onChanged();
  };
  const toggleText = enabled ? 'senders.disable' : 'senders.enable';
  return (
    <li class="sender">
      <div class="sender-head">
        <strong class="clip" dir="auto">
          {name}
        </strong>
        {state !== undefined && (
          <span class={`status ${state === 'senders.configured' ? '' : 'status-bad'}`}>{t(state)}</span>
        )}
      </div>
      <span class="muted">
        <bdi>{targetOf(sender, t)}</bdi>
        {expires !== undefined &&
          expires > now.value &&
          ` · ${t('senders.expires', { time: mediumTime(translator.value, expires) })}`}
      </span>
      <Usage sender={sender} />
      {!configured && (
        <div class="buttons">
          <button
            type="button"
            class="button button-small"
            aria-label={t('senders.edit_one', { name })}
            onClick={onEdit}
          >
            {t('senders.edit')}
          </button>
          <BusyButton class="button button-small" label={t('senders.rotate_one', { name })} action={rotate}>
            {t('senders.rotate')}
          </BusyButton>
          <BusyButton class="button button-small" label={t(`${toggleText}_one`, { name })} action={toggle}>
            {t(toggleText)}
          </BusyButton>
          <BusyButton class="icon-button" label={t('senders.remove_title', { name })} action={remove}>
            <Icon name="trash" />
          </BusyButton>
        </div>
      )}
    </li>
  );
}
