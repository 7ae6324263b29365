// The form of a sender: its name, where it sends, and what else its key has.
import type { ComponentProps } from 'preact';
import { useId, useState } from 'preact/hooks';
import { SENDER_TOOLS } from '../../../../shared/sender-tools.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import type { SenderFields } from '../../model/owner/sender-form.ts';
import { Choice } from '../shell/choice.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';
import { ToolField, toolName } from './tool-field.tsx';

/** Names that exist, to choose from. */
export interface KnownNames {
  readonly devices: readonly string[];
  readonly groups: readonly string[];
}

interface SenderFormProps {
  readonly fields: SenderFields;
  readonly known: KnownNames;
  /** Whether the sender exists: its name stays. */
  readonly exists: boolean;
  readonly hasSecret: boolean;
  /** What a new sender is. */
  readonly tool?: { readonly chosen: string; readonly onChange: (tool: string) => void } | undefined;
  readonly onSubmit: (fields: SenderFields) => Promise<void>;
  readonly onClose: () => void;
}

/** The longest name of a sender. */
const MAX_NAME = 64;

export function SenderForm({ fields: initial, known, exists, hasSecret, tool, onSubmit, onClose }: SenderFormProps) {
  const { t: pageText } = useUi();
  const t = useTexts();
  const [fields, setFields] = useState(initial);
  const priority = useId();
  const set = (part: Partial<SenderFields>) => setFields({ ...fields, ...part });
  const field = (
    name: Exclude<keyof SenderFields, 'isGroup' | 'manage'>,
    label: OwnerKey,
    { hint, ...more }: { hint?: OwnerKey | undefined } & Partial<Omit<ComponentProps<typeof TextField>, 'hint'>> = {},
  ) => (
    <TextField
      label={t(label)}
      hint={hint === undefined ? undefined : t(hint)}
      value={fields[name]}
      onChange={(value) => set({ [name]: value })}
      {...more}
    />
  );
  /** Chooses a kind of sender. Its name becomes the sender's name, unless the person has typed another one. */
  const choose = (id: string) => {
    const nameOf = (wanted: string) => {
      const found = SENDER_TOOLS.find((one) => one.id === wanted);
      return found === undefined ? '' : toolName(found, t).slice(0, MAX_NAME).trim();
    };
    if (fields.name.trim() === '' || fields.name === nameOf(tool?.chosen ?? '')) set({ name: nameOf(id) });
    tool?.onChange(id);
  };
  const submission = useSubmit(() => onSubmit(fields));
  return (
    <form class="dialog-form" onSubmit={submission.onSubmit}>
      {tool !== undefined && <ToolField tools={SENDER_TOOLS} chosen={tool.chosen} onChange={choose} />}
      {field('name', 'form.name', { disabled: exists, hint: exists ? undefined : 'form.name_hint' })}
      <div class="field">
        <span class="label" aria-hidden="true">
          {t('form.kind')}
        </span>
        <Choice
          label={t('form.kind')}
          value={fields.isGroup ? 'group' : 'device'}
          options={[
            { value: 'device', label: t('form.device') },
            { value: 'group', label: t('form.group') },
          ]}
          onChange={(kind) => set({ isGroup: kind === 'group' })}
        />
      </div>
      {field('target', 'form.target', {
        hint: 'form.target_hint',
        names: fields.isGroup ? known.groups : known.devices,
      })}
      <details class="details">
        <summary>
          <Icon name="chevron" size={16} />
          {t('form.more')}
        </summary>
        <div class="dialog-form">
          {field('send', 'form.send', { hint: 'form.send_hint' })}
          {field('receive', 'form.receive', { hint: 'form.receive_hint' })}
          {!fields.isGroup && field('groups', 'form.groups')}
          <div class="field">
            <label class="label" for={priority}>
              {t('form.priority')}
            </label>
            <select
              id={priority}
              class="input"
              value={fields.priority}
              onChange={(event) => set({ priority: event.currentTarget.value })}
            >
              <option value="">{t('form.no_priority')}</option>
              {([1, 2, 3, 4, 5] as const).map((level) => (
                <option key={level} value={String(level)}>
                  {pageText(`priority.${level}`)}
                </option>
              ))}
            </select>
          </div>
          {field('tags', 'form.tags')}
          {field('icon', 'form.icon', { type: 'url' })}
          <div class="field-pair">
            {field('perMinute', 'form.per_minute', { type: 'number' })}
            {field('burst', 'form.burst', { type: 'number' })}
          </div>
          {field('expires', 'form.expires', { type: 'date' })}
          {field('secret', 'form.secret', { type: 'password', hint: hasSecret ? 'form.secret_set' : undefined })}
          <label class="check">
            <input
              type="checkbox"
              checked={fields.manage}
              onChange={(event) => set({ manage: event.currentTarget.checked })}
            />
            <span>{t('form.manage')}</span>
          </label>
        </div>
      </details>
      <FormEnd
        {...submission}
        label={t(exists ? 'form.save' : 'form.create')}
        disabled={fields.name.trim() === ''}
        onCancel={onClose}
      />
    </form>
  );
}
