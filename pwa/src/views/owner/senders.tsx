// The senders of a relay, and the dialogs that make and change them.
import { useEffect, useState } from 'preact/hooks';
import type { KeyInfo, MadeKeyInfo, NamedKeyUse } from '../../../../shared/api.ts';
import { changesOf, fieldsOf, settingsOf } from '../../model/owner/sender-form.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Failed } from '../shell/failed.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { MadeKey } from './made-key.tsx';
import { ManageForm } from './manage.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { type KnownNames, SenderForm } from './sender-form.tsx';
import { SenderRow } from './sender-row.tsx';

/** How often the list is read again, in ms. The relay stores the uses of a key once a minute. */
const REFRESH = 30_000;

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
  const [tool, setTool] = useState('curl');
  const close = () => {
    setOpen(undefined);
    void onChanged();
  };
  if (open.kind === 'made') {
    return (
      <Dialog title={t('made.title', { name: open.made.name })} onClose={close}>
        <MadeKey owner={owner} made={open.made} tool={tool} onClose={close} />
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
        tool={sender === undefined ? { chosen: tool, onChange: setTool } : undefined}
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
  const [live, setLive] = useState<ReadonlyMap<string, NamedKeyUse>>(new Map());
  useRefresh(() => {
    if (open === undefined) void load();
  }, REFRESH);
  useEffect(() => owner.followAllUses((use) => setLive((before) => new Map(before).set(use.name, use))), [owner]);
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
              live={live.get(sender.name)}
              onEdit={() => setOpen({ kind: 'edit', sender })}
              onMade={(made) => setOpen({ kind: 'made', made })}
              onChanged={load}
            />
          ))}
        </ul>
      )}
      {open !== undefined && (
        <SenderDialog
          key={open.kind === 'edit' ? open.sender.name : 'new'}
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
