// Theme, language and installation; storage, export and import.
import { useEffect, useRef, useState } from 'preact/hooks';
import { bytes } from '../../locales/format.ts';
import type { Language, Theme } from '../../model/model.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Choice } from '../shell/choice.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Panel } from './panel.tsx';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function Appearance() {
  const { model, t, attempt } = useUi();
  const { theme, language } = model.settings.value;
  const languages: readonly { readonly value: Language | 'system'; readonly label: string }[] = [
    { value: 'system', label: t('language.system') },
    { value: 'en', label: 'English' },
    { value: 'zh', label: '中文' },
  ];
  return (
    <Panel title={t('settings.appearance')}>
      <div class="setting">
        <h3 class="setting-text">{t('settings.theme')}</h3>
        <Choice
          label={t('settings.theme')}
          value={theme}
          options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
          onChange={(value) => void attempt(() => model.setSettings({ theme: value }))}
        />
      </div>
      <div class="setting">
        <h3 class="setting-text">{t('settings.language')}</h3>
        <Choice
          label={t('settings.language')}
          value={language ?? 'system'}
          options={languages}
          onChange={(value) =>
            void attempt(() => model.setSettings({ language: value === 'system' ? undefined : value }))
          }
        />
      </div>
      {model.installable.value && (
        <div class="setting">
          <div class="setting-text">
            <h3>{t('install.title')}</h3>
            <p class="muted">{t('install.hint')}</p>
          </div>
          <BusyButton class="button button-primary" action={() => model.install()}>
            {t('install.button')}
          </BusyButton>
        </div>
      )}
    </Panel>
  );
}

function saveAs(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the URL only at its start.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function Storage() {
  const ui = useUi();
  const { model, t, translator } = ui;
  const [size, setSize] = useState<{ readonly used: number; readonly quota: number } | undefined>(undefined);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => {
    model.storage().then(setSize, () => undefined);
  }, [model]);
  const importFile = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    await ui.attempt(async () => {
      const count = await model.importData(chosen);
      ui.toast(t('storage.imported', { count }));
      setSize(await model.storage());
    });
    if (file.current !== null) file.current.value = '';
  };
  return (
    <Panel title={t('settings.storage')}>
      {size !== undefined && (
        <div class="setting setting-column">
          <p>
            {size.quota > 0
              ? t('storage.used_of', {
                  used: bytes(translator.value, size.used),
                  quota: bytes(translator.value, size.quota),
                })
              : t('storage.used', { used: bytes(translator.value, size.used) })}
          </p>
          {size.quota > 0 && (
            <meter class="meter" min={0} max={size.quota} value={size.used} aria-label={t('settings.storage')} />
          )}
        </div>
      )}
      <p class="muted">{t('storage.hint')}</p>
      <div class="buttons">
        <BusyButton
          action={async () => saveAs(await model.exportData(), `herald-${new Date().toISOString().slice(0, 10)}.json`)}
        >
          <Icon name="download" size={18} />
          {t('storage.export')}
        </BusyButton>
        <button type="button" class="button" onClick={() => file.current?.click()}>
          <Icon name="upload" size={18} />
          {t('storage.import')}
        </button>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label={t('storage.import')}
          onChange={(event) => void importFile(event.currentTarget.files?.[0])}
        />
      </div>
    </Panel>
  );
}
