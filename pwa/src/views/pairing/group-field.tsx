// Chooses the groups of a device: known ones as chips, new ones by name.
import { useId, useState } from 'preact/hooks';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

interface GroupFieldProps {
  readonly known: readonly string[];
  readonly value: readonly string[];
  readonly onChange: (groups: readonly string[]) => void;
}

export function GroupField({ known, value, onChange }: GroupFieldProps) {
  const { t } = useUi();
  const [typed, setTyped] = useState('');
  const id = useId();
  const all = [...new Set([...known, ...value])];
  const add = () => {
    const groups = typed
      .split(/[,，]/)
      .map((group) => group.trim())
      .filter((group) => group !== '');
    if (groups.length > 0) onChange([...new Set([...value, ...groups])]);
    setTyped('');
  };
  return (
    <fieldset class="field">
      <legend class="label">{t('pairing.groups')}</legend>
      <p class="hint">{t('pairing.groups_hint')}</p>
      {all.length > 0 && (
        <div class="chips-wrap">
          {all.map((group) => {
            const on = value.includes(group);
            return (
              <button
                key={group}
                type="button"
                class={`chip ${on ? 'chip-on' : ''}`}
                aria-pressed={on}
                onClick={() => onChange(on ? value.filter((chosen) => chosen !== group) : [...value, group])}
              >
                {on && <Icon name="check" size={14} />}
                <span class="clip">{group}</span>
              </button>
            );
          })}
        </div>
      )}
      <div class="input-row">
        <label class="visually-hidden" for={id}>
          {t('pairing.new_group')}
        </label>
        <input
          id={id}
          class="input"
          value={typed}
          placeholder={t('pairing.new_group')}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
        <button
          type="button"
          class="button"
          aria-label={t('pairing.add_group')}
          disabled={typed.trim() === ''}
          onClick={add}
        >
          <Icon name="plus" size={18} />
        </button>
      </div>
    </fieldset>
  );
}
