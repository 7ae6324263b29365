// What a message asks its recipients: nothing, one of some options, or a text.
import { useId } from 'preact/hooks';
import type { NewQuestion } from '../../model/model.ts';
import { useUi } from '../ui.ts';

/** What is written of a question. */
export interface WrittenQuestion {
  readonly kind: 'none' | 'choice' | 'text';
  /** With commas. */
  readonly options: string;
}

export const NO_QUESTION: WrittenQuestion = { kind: 'none', options: '' };

const KINDS = ['none', 'choice', 'text'] as const;
const MOST_OPTIONS = 5;
const LONGEST_OPTION = 40;

/** The question as the relay takes it: undefined for none, `invalid` if the options are not right. */
export function questionOf({ kind, options }: WrittenQuestion): NewQuestion | 'invalid' | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'text') return { kind };
  const list = options
    .split(/[,，、]/)
    .map((option) => option.trim())
    .filter((option) => option !== '');
  const isRight =
    list.length > 1 &&
    list.length <= MOST_OPTIONS &&
    new Set(list).size === list.length &&
    list.every(({ length }) => length <= LONGEST_OPTION);
  return isRight ? { kind, options: list } : 'invalid';
}

interface QuestionFieldProps {
  readonly value: WrittenQuestion;
  readonly onChange: (value: WrittenQuestion) => void;
}

export function QuestionField({ value, onChange }: QuestionFieldProps) {
  const { t } = useUi();
  const id = useId();
  return (
    <div class="field-pair">
      <div class="field">
        <label class="label" for={`${id}-kind`}>
          {t('send.ask')}
        </label>
        <select
          id={`${id}-kind`}
          class="input"
          value={value.kind}
          onChange={(event) => {
            const kind = KINDS.find((one) => one === event.currentTarget.value) ?? 'none';
            onChange({ ...value, kind });
          }}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`send.ask_${kind}`)}
            </option>
          ))}
        </select>
      </div>
      {value.kind === 'choice' && (
        <div class="field">
          <label class="label" for={`${id}-options`}>
            {t('send.options')}
          </label>
          <input
            id={`${id}-options`}
            class="input"
            dir="auto"
            autocomplete="off"
            value={value.options}
            aria-describedby={`${id}-hint`}
            onInput={(event) => onChange({ ...value, options: event.currentTarget.value })}
          />
          <p id={`${id}-hint`} class="hint">
            {t('send.options_hint')}
          </p>
        </div>
      )}
    </div>
  );
}
