// One sender: where it sends, how its key is used, and what a person can change.
import { signal } from '@preact/signals';
import type { KeyInfo, KeyUseInfo, MadeKeyInfo } from '../../../../shared/api.ts';
import { fullTime, mediumTime, relativeTime } from '../../locales/format.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { interfaceOf, Mapped, programOf } from './mapped.tsx';
import { type OwnerProps, type OwnerText, useTexts } from './owner-ui.ts';
import { RowHead } from './row-head.tsx';

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
  /** A use that came while the page was open. */
  readonly live: KeyUseInfo | undefined;
  readonly onEdit: () => void;
  readonly onMade: (made: MadeKeyInfo) => void;
  readonly onChanged: () => Promise<void>;
}

function Usage({ sender: { lastUse: stored, sent, refused, limited }, live }: Pick<SenderRowProps, 'sender' | 'live'>) {
  const { translator, now } = useUi();
  const t = useTexts();
  const counts = [
    ['senders.sent', sent],
    ['senders.refused', refused],
    ['senders.limited', limited],
  ] as const;
  const lastUse = live !== undefined && live.at >= (stored?.at ?? 0) ? live : stored;
  if (lastUse === null) return <span class="muted">{t('senders.unused')}</span>;
  return (
    <>
      <span class="muted">
        <time dateTime={new Date(lastUse.at).toISOString()} title={fullTime(translator.value, lastUse.at)}>
          {t('senders.used', {
            time: relativeTime(translator.value, lastUse.at, now.value),
            dialect: interfaceOf(lastUse.dialect),
          })}
        </time>
        {counts.map(([text, count]) => count > 0 && ` · ${t(text, { count })}`)}
      </span>
      <LastMessage use={lastUse} />
    </>
  );
}

/** What came last: what it was recognised as, and what it said. */
function LastMessage({ use }: { readonly use: KeyUseInfo }) {
  const t = useTexts();
  const program = programOf(use, t);
  const text = program === undefined ? t('senders.used_title', { title: use.title }) : recognised(use, program, t);
  if (use.title === '' && program === undefined) return null;
  const { fields = {} } = use;
  if (Object.keys(fields).length === 0) {
    return (
      <span class="muted clip" dir="auto">
        {text}
      </span>
    );
  }
  return (
    <details class="details sender-details">
      <summary>
        <Icon name="chevron" size={16} />
        <span class="clip" dir="auto">
          {text}
        </span>
      </summary>
      <Mapped title={use.title} fields={fields} />
    </details>
  );
}

function recognised({ title }: KeyUseInfo, program: string, t: OwnerText): string {
  return title === '' ? t('senders.recognised_only', { program }) : t('senders.recognised', { program, title });
}

export function SenderRow({ owner, sender, live, onEdit, onMade, onChanged }: SenderRowProps) {
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
      <RowHead name={name}>
        {sender.signed && <span class="status">{t('senders.signed')}</span>}
        {state !== undefined && (
          <span class={`status ${state === 'senders.configured' ? '' : 'status-bad'}`}>{t(state)}</span>
        )}
      </RowHead>
      <span class="muted">
        <bdi>{targetOf(sender, t)}</bdi>
        {expires !== undefined &&
          expires > now.value &&
          ` · ${t('senders.expires', { time: mediumTime(translator.value, expires) })}`}
      </span>
      <Usage sender={sender} live={live} />
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
