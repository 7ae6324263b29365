// The name of a device, with a hint below it.
import { useId } from 'preact/hooks';
import { useUi } from '../ui.ts';

/** The path that senders use for a device. */
export function sendPath(name: string): string {
  return `/${encodeURIComponent(name.trim())}.send`;
}

interface NameFieldProps {
  readonly value: string;
  readonly hint: string;
  /** Whether the hint is a warning. */
  readonly isWarning?: boolean;
  readonly placeholder?: string;
  readonly onChange: (name: string) => void;
}

export function NameField({ value, hint, isWarning = false, placeholder, onChange }: NameFieldProps) {
  const { t } = useUi();
  const id = useId();
  return (
    <div class="field">
      <label class="label" for={id}>
        {t('pairing.name')}
      </label>
      <input
        id={id}
        class="input"
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="off"
        aria-describedby={`${id}-hint`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={`hint ${isWarning ? 'hint-warn' : ''}`}>
        {hint}
      </p>
    </div>
  );
}
