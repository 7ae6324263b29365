// Lets this device manage the relay, and ends that for any device.
import { useState } from 'preact/hooks';
import { Panel } from '../settings/panel.tsx';
import { BusyButton } from '../shell/busy-button.tsx';
import { Failed } from '../shell/failed.tsx';
import { FormFailure, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { type OwnerProps, useLoaded, useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

interface ManageFormProps extends Pick<OwnerProps, 'owner'> {
  /** What a link brought along. */
  readonly code: string;
  readonly onDone: () => void;
}

/** Asks once for the token of the relay or a code, and keeps neither. */
export function ManageForm({ owner, code, onDone }: ManageFormProps) {
  const { toast } = useUi();
  const t = useTexts();
  const [shown, setShown] = useState(code);
  const submission = useSubmit(async () => {
    await owner.manage(shown.trim());
    setShown('');
    toast(t('manage.begun'));
    onDone();
  });
  return (
    <form class="panel" onSubmit={submission.onSubmit}>
      <p class="prose">{t('manage.intro')}</p>
      <TextField
        label={t('manage.token')}
        hint={t('manage.token_hint')}
        type={code === '' ? 'password' : 'text'}
        value={shown}
        onChange={setShown}
      />
      <FormFailure failure={submission.failure} />
      <button
        type="submit"
        class="button button-primary"
        disabled={submission.busy || shown.trim() === ''}
        aria-busy={submission.busy}
      >
        {t('manage.begin')}
      </button>
    </form>
  );
}

export function Manage({ account, owner, code }: OwnerProps & { readonly code: string }) {
  const ui = useUi();
  const t = useTexts();
  const { value, failure, load } = useLoaded(account.id, async () => {
    const [manages, devices] = await Promise.all([owner.manages(), owner.devices()]);
    return { manages, managers: devices.filter(({ manage }) => manage === true).map(({ name }) => name) };
  });
  const end = async (name: string) => {
    const title = t('manage.end_title', { name });
    if (!(await ui.ask({ title, text: t('manage.end_text'), yes: t('manage.end'), danger: true }))) return;
    await owner.endManage(name);
    ui.toast(t('manage.ended', { name }));
    await load();
  };
  if (failure !== undefined) return <Failed failure={failure} retry={() => void load()} />;
  if (value === undefined) return <p class="loading" role="status" aria-label={ui.t('common.loading')} />;
  return (
    <>
      {value.manages ? (
        <p class="owner-state">
          <Icon name="check" />
          {t('manage.on')}
        </p>
      ) : (
        <ManageForm owner={owner} code={code} onDone={() => void load()} />
      )}
      {value.managers.length > 0 && (
        <Panel title={t('manage.devices')}>
          <ul>
            {value.managers.map((name) => (
              <li key={name} class="device">
                <Icon name="device" />
                <strong class="device-text clip" dir="auto">
                  <span>
                    {name}
                    {name === account.name && <span class="muted"> ({t('manage.this')})</span>}
                  </span>
                </strong>
                {(value.manages || name === account.name) && (
                  <BusyButton
                    class="button button-small"
                    label={t('manage.end_one', { name })}
                    action={() => end(name)}
                  >
                    {t('manage.end')}
                  </BusyButton>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}
