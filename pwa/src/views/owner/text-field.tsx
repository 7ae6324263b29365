// A field with its label, and a hint below it.
import { useId } from 'preact/hooks';

interface TextFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'password' | 'number' | 'date' | 'url';
  /** Suggestions. */
  readonly names?: readonly string[] | undefined;
  readonly disabled?: boolean;
  /** How many lines it has; a single one by default. */
  readonly rows?: number;
}

export function TextField({
  label,
  hint,
  value,
  onChange,
  type = 'text',
  names,
  disabled = false,
  rows,
}: TextFieldProps) {
  const id = useId();
  const shared = {
    id,
    class: 'input',
    value,
    disabled,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => onChange(event.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {rows !== undefined ? (
        <textarea {...shared} class="input code-input" rows={rows} />
      ) : names === undefined ? (
        <input {...shared} type={type as 'text'} />
      ) : (
        <input {...shared} list={`${id}-names`} />
      )}
      {names !== undefined && (
        <datalist id={`${id}-names`}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
