// The file of the composer: chosen, pasted, dropped or shared.
import { useId, useRef } from 'preact/hooks';
import { bytes } from '../../locales/format.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

interface FileFieldProps {
  readonly file: File | undefined;
  /** How much is uploaded, from 0 to 1; undefined while nothing is on its way. */
  readonly progress: number | undefined;
  onFile(file: File | undefined): void;
}

/** The first file of a paste or a drop. Text that was copied from an office program comes with a picture of itself. */
export function fileOf(data: DataTransfer | null): File | undefined {
  if (data === null || data.types.includes('text/plain')) return undefined;
  return data.files[0];
}

export function FileField({ file, progress, onFile }: FileFieldProps) {
  const { t, translator } = useUi();
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  return (
    <div class="field">
      <input
        ref={input}
        id={id}
        class="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label={t('send.attach')}
        onChange={({ currentTarget }) => {
          onFile(currentTarget.files?.[0]);
          // The same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      {file === undefined ? (
        <button type="button" class="button button-small" onClick={() => input.current?.click()}>
          <Icon name="clip" size={16} />
          {t('send.attach')}
        </button>
      ) : (
        <div class="file-card">
          <Icon name={file.type.startsWith('image/') ? 'image' : 'file'} size={22} />
          <span class="file-text">
            <span class="file-name" dir="auto">
              {file.name}
            </span>
            <span class="muted">{bytes(translator.value, file.size)}</span>
            {progress !== undefined && <progress max={1} value={progress} aria-label={t('send.uploading')} />}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label={t('send.remove_file', { name: file.name })}
            disabled={progress !== undefined}
            onClick={() => onFile(undefined)}
          >
            <Icon name="close" size={18} />
          </button>
        </div>
      )}
    </div>
  );
}
