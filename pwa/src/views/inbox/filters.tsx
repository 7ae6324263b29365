// The search field and the chips that filter the inbox.
import { type Filter, NO_FILTER } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

export function isFiltering(filter: Filter): boolean {
  return (
    filter.text.trim() !== '' ||
    filter.sender !== undefined ||
    filter.group !== undefined ||
    filter.priority !== undefined ||
    filter.unreadOnly ||
    filter.pinnedOnly
  );
}

export function SearchField() {
  const { model, t } = useUi();
  const { text } = model.filter.value;
  return (
    <search class="search">
      <Icon name="search" />
      <input
        type="search"
        id="search"
        class="search-input"
        value={text}
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        aria-keyshortcuts="/"
        autocomplete="off"
        enterkeyhint="search"
        onInput={(event) => model.setFilter({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (text === '') event.currentTarget.blur();
          else model.setFilter({ text: '' });
        }}
      />
      {text !== '' && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('search.clear')}
          onClick={() => model.setFilter({ text: '' })}
        >
          <Icon name="close" size={18} />
        </button>
      )}
    </search>
  );
}

interface SelectChipProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChange: (value: string | undefined) => void;
}

/** A chip with the platform's own list of choices, which works best on a phone. */
function SelectChip({ label, value, options, onChange }: SelectChipProps) {
  if (options.length === 0 && value === undefined) return null;
  const all = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <span class={`chip chip-select ${value === undefined ? '' : 'chip-on'}`}>
      <select
        aria-label={label}
        value={value === undefined ? '' : `=${value}`}
        onChange={(event) =>
          onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value.slice(1))
        }
      >
        <option value="">{label}</option>
        {all.map((option) => (
          <option key={option} value={`=${option}`}>
            {option}
          </option>
        ))}
      </select>
      <Icon name="down" size={14} />
    </span>
  );
}

function Toggle({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button type="button" class={`chip ${on ? 'chip-on' : ''}`} aria-pressed={on} onClick={() => onChange(!on)}>
      {label}
    </button>
  );
}

export function FilterChips() {
  const { model, t } = useUi();
  const filter = model.filter.value;
  const { senders, groups } = model.choices.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll sideways in every browser
    <div class="chips" role="group" aria-label={t('filter.label')}>
      <Toggle
        label={t('filter.unread')}
        on={filter.unreadOnly}
        onChange={(on) => model.setFilter({ unreadOnly: on })}
      />
      <Toggle
        label={t('filter.pinned')}
        on={filter.pinnedOnly}
        onChange={(on) => model.setFilter({ pinnedOnly: on })}
      />
      <Toggle
        label={t('filter.important')}
        on={filter.priority !== undefined}
        onChange={(on) => model.setFilter({ priority: on ? 4 : undefined })}
      />
      <SelectChip
        label={t('filter.sender')}
        value={filter.sender}
        options={senders.filter((sender) => sender !== '')}
        onChange={(sender) => model.setFilter({ sender })}
      />
      <SelectChip
        label={t('filter.group')}
        value={filter.group}
        options={groups}
        onChange={(group) => model.setFilter({ group })}
      />
      {isFiltering(filter) && (
        <button type="button" class="chip chip-clear" onClick={() => model.setFilter(NO_FILTER)}>
          <Icon name="close" size={14} />
          {t('filter.clear')}
        </button>
      )}
    </div>
  );
}
