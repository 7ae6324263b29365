// The senders of a relay: what their keys may do, how they are used, and what a person can change.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { KeyInfo, MadeKeyInfo } from '../../../../shared/api.ts';
import { fullTime, mediumTime, relativeTime } from '../../locales/format.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import { changesOf, fieldsOf, settingsOf } from '../../model/owner/sender-form.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Failed } from './failed.tsx';
import { MadeKey } from './made-key.tsx';
import { ManageForm } from './manage.tsx';
import { type OwnerProps, type OwnerText, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { type KnownNames, SenderForm } from './sender-form.tsx';

/** How long the old key stays good after a new one was made, in ms. */
const KEEP = 7 * 24 * 3_600_000;
/** How often the list is read again, in ms. The relay stores the uses of a key once a minute. */
const REFRESH = 30_000;

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

function SenderRow({ owner, sender, onEdit, onMade, onChanged }: SenderRowProps) {
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

/** What is open above the list. */
type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit'; readonly sender: KeyInfo }
  | { readonly kind: 'made'; readonly made: MadeKeyInfo };

interface SenderDialogProps extends Pick<OwnerProps, 'owner'> {
  readonly open: Open;
  readonly known: KnownNames;
  readonly setOpen: (open: Open | undefined) => void;
  readonly onChanged: () => Promise<void>;
}

function SenderDialog({ owner, open, known, setOpen, onChanged }: SenderDialogProps) {
  const { toast } = useUi();
  const t = useTexts();
  const close = () => {
    setOpen(undefined);
    void onChanged();
  };
  if (open.kind === 'made') {
    return (
      <Dialog title={t('made.title', { name: open.made.name })} onClose={close}>
        <MadeKey owner={owner} made={open.made} onClose={close} />
      </Dialog>
    );
  }
  const sender = open.kind === 'edit' ? open.sender : undefined;
  const title = sender === undefined ? t('senders.create_title') : t('senders.edit_title', { name: sender.name });
  return (
    <Dialog title={title} onClose={close}>
      <SenderForm
        fields={fieldsOf(sender)}
        known={known}
        exists={sender !== undefined}
        hasSecret={sender?.signed === true}
        onClose={close}
        onSubmit={async (fields) => {
          if (sender === undefined) {
            setOpen({ kind: 'made', made: await owner.createSender(fields.name.trim(), settingsOf(fields)) });
            return;
          }
          await owner.changeSender(sender.name, changesOf(sender, fields));
          toast(t('senders.saved'));
          close();
        }}
      />
    </Dialog>
  );
}

export function Senders({ account, owner }: OwnerProps) {
  const { t: pageText } = useUi();
  const t = useTexts();
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const { value, failure, load } = useLoaded(account.id, async () => {
    if (!(await owner.manages())) return 'not managed';
    const [senders, devices] = await Promise.all([owner.senders(), owner.devices()]);
    const groups = [...new Set(devices.flatMap((device) => device.groups))];
    return { senders, known: { devices: devices.map(({ name }) => name), groups } };
  });
  useRefresh(() => {
    if (open === undefined) void load();
  }, REFRESH);
  const failed = failure !== undefined && <Failed failure={failure} retry={() => void load()} />;
  if (value === undefined && failed) return failed;
  if (value === undefined) return <p class="loading" role="status" aria-label={pageText('common.loading')} />;
  if (value === 'not managed') {
    return (
      <>
        <p class="prose">{t('manage.needed')}</p>
        <ManageForm owner={owner} code="" onDone={() => void load()} />
      </>
    );
  }
  return (
    <>
      <p class="prose">{t('senders.intro')}</p>
      {failed}
      <button type="button" class="button button-primary" onClick={() => setOpen({ kind: 'new' })}>
        <Icon name="plus" size={18} />
        {t('senders.create')}
      </button>
      {value.senders.length === 0 ? (
        <p class="muted">{t('senders.none')}</p>
      ) : (
        <ul class="panel">
          {value.senders.map((sender) => (
            <SenderRow
              key={sender.name}
              owner={owner}
              sender={sender}
              onEdit={() => setOpen({ kind: 'edit', sender })}
              onMade={(made) => setOpen({ kind: 'made', made })}
              onChanged={load}
            />
          ))}
        </ul>
      )}
      {open !== undefined && (
        <SenderDialog
          key={open.kind}
          owner={owner}
          open={open}
          known={value.known}
          setOpen={setOpen}
          onChanged={load}
        />
      )}
    </>
  );
}
