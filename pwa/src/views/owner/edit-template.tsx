// The form of a template, and beside it what the template makes of the last payload of a sender, while a person types.
import type { ComponentProps } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { KeyInfo } from '../../../../shared/api.ts';
import type { TemplateInfo, TemplatePreview } from '../../../../shared/templates.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import type { Owner } from '../../model/owner/owner.ts';
import {
  PARTS,
  payloadText,
  readPayload,
  type TemplateFields,
  templateFields,
  templateOf,
} from '../../model/owner/template-form.ts';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Mapped } from './mapped.tsx';
import { useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

/** How long the person has to stop typing before the preview is made again, in ms. */
const PAUSE = 250;

interface PreviewProps {
  readonly owner: Owner;
  readonly fields: TemplateFields;
  readonly senders: readonly KeyInfo[];
}

/** The payload of a sender, which is read again when another one comes. */
function usePayload(owner: Owner, sender: string) {
  const [text, setText] = useState('');
  const [isAbsent, setAbsent] = useState(false);
  /** Whether the person has changed it: then it stays. */
  const own = useRef(false);
  useEffect(() => {
    if (sender === '') return undefined;
    own.current = false;
    let stays = true;
    const load = async () => {
      const payload = await owner.lastPayload(sender).catch(() => null);
      if (!stays || own.current) return;
      setAbsent(payload?.body === undefined);
      if (payload?.body !== undefined) setText(payloadText(payload.body));
    };
    void load();
    const end = owner.followAllUses(({ name }) => {
      if (name === sender) void load();
    });
    return () => {
      stays = false;
      end();
    };
  }, [owner, sender]);
  const edit = (value: string) => {
    own.current = true;
    setAbsent(false);
    setText(value);
  };
  return { text, isAbsent, edit };
}

function Preview({ owner, fields, senders }: PreviewProps) {
  const { explain } = useUi();
  const t = useTexts();
  const id = useId();
  const latest = senders.toSorted((one, other) => (other.lastUse?.at ?? 0) - (one.lastUse?.at ?? 0))[0];
  const [sender, setSender] = useState(latest?.lastUse === null ? '' : (latest?.name ?? ''));
  const { text, isAbsent, edit } = usePayload(owner, sender);
  const [preview, setPreview] = useState<TemplatePreview | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const asked = JSON.stringify(templateOf(fields));
  useEffect(() => {
    let stays = true;
    const make = async () => {
      try {
        const made = await owner.previewTemplate(JSON.parse(asked), readPayload(text), sender);
        if (!stays) return;
        setPreview(made);
        setFailure(undefined);
      } catch (error) {
        if (stays) setFailure(explain(error));
      }
    };
    const isEmpty = fields.title.trim() === '' && fields.message.trim() === '';
    const timer = isEmpty ? undefined : setTimeout(() => void make(), PAUSE);
    return () => {
      stays = false;
      clearTimeout(timer);
    };
  }, [owner, asked, text, sender]);
  return (
    <section class="panel template-preview" aria-label={t('templates.preview')}>
      <h2 class="panel-title">{t('templates.preview')}</h2>
      <div class="template-result" role="status">
        {preview !== undefined && <Mapped title={preview.fields.title} fields={preview.fields} />}
        {preview?.problems.map(({ part, reason }) => (
          <p key={part} class="hint hint-bad">
            {t('templates.problem', { part: t(`templates.${part}` as OwnerKey), reason })}
          </p>
        ))}
        {failure !== undefined && <p class="hint hint-bad">{failure}</p>}
      </div>
      <div class="field">
        <label class="label" for={id}>
          {t('templates.sender')}
        </label>
        <select id={id} class="input" value={sender} onChange={(event) => setSender(event.currentTarget.value)}>
          <option value="">{t('templates.no_sender')}</option>
          {senders.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <TextField
        label={t('templates.payload')}
        hint={t(isAbsent ? 'templates.payload_none' : 'templates.payload_hint')}
        value={text}
        onChange={edit}
        rows={10}
      />
    </section>
  );
}

const HINTS: Readonly<Partial<Record<(typeof PARTS)[number], OwnerKey>>> = {
  priority: 'templates.priority_hint',
  key: 'templates.key_hint',
  state: 'templates.state_hint',
};

interface EditTemplateProps {
  readonly owner: Owner;
  /** Undefined for a new one. */
  readonly template: TemplateInfo | undefined;
  readonly senders: readonly KeyInfo[];
  readonly onClose: () => void;
}

export function EditTemplate({ owner, template, senders, onClose }: EditTemplateProps) {
  const { toast } = useUi();
  const t = useTexts();
  const [fields, setFields] = useState(() => templateFields(template));
  const [, message, ...others] = PARTS;
  const field = (part: (typeof PARTS)[number], more: Partial<ComponentProps<typeof TextField>> = {}) => {
    const hint = HINTS[part];
    return (
      <TextField
        key={part}
        label={t(`templates.${part}`)}
        hint={hint === undefined ? undefined : t(hint)}
        value={fields[part]}
        onChange={(value) => setFields({ ...fields, [part]: value })}
        rows={1}
        {...more}
      />
    );
  };
  const submission = useSubmit(async () => {
    const name = fields.name.trim();
    await owner.saveTemplate(name, templateOf(fields));
    toast(t('templates.saved', { name }));
    onClose();
  });
  return (
    <div class="template-editor">
      <form class="panel" onSubmit={submission.onSubmit}>
        <TextField
          label={t('templates.name')}
          hint={template === undefined ? t('templates.name_hint') : undefined}
          value={fields.name}
          disabled={template !== undefined}
          onChange={(name) => setFields({ ...fields, name })}
        />
        {field('title')}
        {field(message, { rows: 4 })}
        <label class="check">
          <input
            type="checkbox"
            checked={fields.markdown}
            onChange={(event) => setFields({ ...fields, markdown: event.currentTarget.checked })}
          />
          <span>{t('templates.markdown')}</span>
        </label>
        <details class="details" open={others.some((part) => fields[part] !== '')}>
          <summary>
            <Icon name="chevron" size={16} />
            {t('templates.more')}
          </summary>
          <div class="dialog-form">{others.map((part) => field(part))}</div>
        </details>
        <FormEnd {...submission} label={t('form.save')} disabled={fields.name.trim() === ''} onCancel={onClose} />
      </form>
      <Preview owner={owner} fields={fields} senders={senders} />
    </div>
  );
}
