// Changes the name and the groups of this device at one relay. Its messages stay.
import { useEffect, useState } from 'preact/hooks';
import type { Account } from '../../model/model.ts';
import { GroupField } from '../pairing/group-field.tsx';
import { NameField, sendPath } from '../pairing/name-field.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { useUi } from '../ui.ts';

export function EditDevice({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const { model, t, toast } = useUi();
  const [name, setName] = useState(account.name);
  const [groups, setGroups] = useState<readonly string[]>(account.groups);
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    // If the groups cannot be loaded, new ones can still be typed.
    model.knownGroups(account.id).then(setKnown, () => undefined);
  }, [model, account.id]);
  const isRenamed = name.trim() !== account.name;
  const isChanged = isRenamed || groups.join() !== account.groups.join();
  const submission = useSubmit(async () => {
    await model.changeDevice(account.id, name.trim(), groups);
    toast(t('edit.done'));
    onClose();
  });
  return (
    <Dialog title={t('edit.title')} onClose={onClose}>
      <form class="dialog-form" onSubmit={submission.onSubmit}>
        <NameField
          value={name}
          hint={t(isRenamed ? 'edit.name_hint' : 'pairing.name_hint', { path: sendPath(name) })}
          isWarning={isRenamed}
          onChange={setName}
        />
        <GroupField known={known} value={groups} onChange={setGroups} />
        <FormEnd
          {...submission}
          label={t('edit.save')}
          disabled={!isChanged || name.trim() === ''}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
