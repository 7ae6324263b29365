// The keys of this device for encrypted messages: makes one, takes one in, shows a new one once.
import { useEffect, useId, useState } from 'preact/hooks';
import { idOf, type ShownSecret, type StoredSecret } from '../../model/store/secrets.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { QrCode } from './pair-dialog.tsx';
import { Panel } from './panel.tsx';

const namesOf = (text: string) =>
  text
    .split(/[,，]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

export function Encryption() {
  const { model, t, attempt, toast } = useUi();
  const [secrets, setSecrets] = useState<readonly StoredSecret[]>([]);
  const [targets, setTargets] = useState('');
  const [text, setText] = useState('');
  const [shown, setShown] = useState<ShownSecret | undefined>(undefined);
  const id = useId();
  const load = () => attempt(async () => setSecrets(await model.secrets()));
  useEffect(() => void load(), []);

  const make = () =>
    attempt(async () => {
      setShown(await model.makeSecret(namesOf(targets)));
      setTargets('');
      await load();
    });
  const add = () =>
    attempt(async () => {
      await model.takeSecret(text, namesOf(targets));
      setText('');
      setTargets('');
      toast(t('secrets.added'));
      await load();
    });
  return (
    <Panel title={t('secrets.title')}>
      <p class="prose">{t('secrets.hint')}</p>
      {secrets.map((secret) => (
        <div key={idOf(secret)} class="file-card">
          <span class="file-text">
            <span class="file-name">{secret.kind === 'bark' ? t('secrets.bark') : idOf(secret)}</span>
            <span class="muted">
              {secret.kind === 'bark' || secret.targets.length === 0
                ? t('secrets.reads')
                : t('secrets.for', { targets: secret.targets.join(', ') })}
            </span>
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label={t('secrets.remove', { id: idOf(secret) })}
            onClick={() => void attempt(() => model.removeSecret(idOf(secret))).then(load)}
          >
            <Icon name="trash" size={18} />
          </button>
        </div>
      ))}
      <div class="field">
        <label class="label" for={`${id}-targets`}>
          {t('secrets.targets')}
        </label>
        <input
          id={`${id}-targets`}
          class="input"
          autocapitalize="off"
          value={targets}
          onInput={(event) => setTargets(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label class="label" for={`${id}-text`}>
          {t('secrets.text')}
        </label>
        <input
          id={`${id}-text`}
          class="input"
          autocapitalize="off"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div class="dialog-buttons">
        <button type="button" class="button" disabled={namesOf(targets).length === 0} onClick={() => void make()}>
          {t('secrets.make')}
        </button>
        <button type="button" class="button" disabled={text.trim() === ''} onClick={() => void add()}>
          {t('secrets.add')}
        </button>
      </div>
      {shown !== undefined && (
        <Dialog title={t('secrets.title')} onClose={() => setShown(undefined)}>
          <p class="prose">{t('secrets.shown')}</p>
          <QrCode text={shown.text} label={t('secrets.qr')} />
          <p class="code-block">{shown.words}</p>
          <p class="code-block link-text">{shown.text}</p>
        </Dialog>
      )}
    </Panel>
  );
}
