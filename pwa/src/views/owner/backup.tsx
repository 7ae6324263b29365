// Downloads a backup. The file has the keys of the relay, so the relay asks for its token each time.
import { useState } from 'preact/hooks';
import { bytes } from '../../locales/format.ts';
import { ActionError } from '../../model/model.ts';
import { FormFailure, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { type OwnerProps, useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

/** Gives a file to the person. */
function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: name });
  link.click();
  // Some browsers read it only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function Backup({ owner }: OwnerProps) {
  const { explain, translator } = useUi();
  const t = useTexts();
  const [token, setToken] = useState('');
  const [done, setDone] = useState<string | undefined>(undefined);
  const explainRefusal = (error: unknown) => {
    const isRefused =
      error instanceof ActionError && ['error.unauthorized', 'error.forbidden'].includes(error.text.key);
    return isRefused ? t('backup.refused') : explain(error);
  };
  const submission = useSubmit(async () => {
    setDone(undefined);
    const file = await owner.backup(token.trim());
    setToken('');
    const name = `herald-${new Date().toISOString().slice(0, 10)}.backup`;
    save(file, name);
    setDone(t('backup.done', { name, size: bytes(translator.value, file.size) }));
  }, explainRefusal);
  return (
    <>
      <p class="prose">{t('backup.intro')}</p>
      <form class="panel" onSubmit={submission.onSubmit}>
        <TextField
          label={t('backup.token')}
          hint={t('backup.token_hint')}
          type="password"
          value={token}
          onChange={setToken}
        />
        <FormFailure failure={submission.failure} />
        <div role="status">
          {done !== undefined && (
            <p class="owner-state">
              <Icon name="check" />
              {done}
            </p>
          )}
        </div>
        <button
          type="submit"
          class="button button-primary"
          disabled={submission.busy || token.trim() === ''}
          aria-busy={submission.busy}
        >
          <Icon name="download" size={18} />
          {t('backup.download')}
        </button>
      </form>
      <p class="muted">{t('backup.restore')}</p>
    </>
  );
}
