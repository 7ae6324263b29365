// The templates of webhooks that the owner writes.
import { useState } from 'preact/hooks';
import type { TemplateInfo } from '../../../../shared/templates.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { EditTemplate } from './edit-template.tsx';
import { Managed, Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useTexts } from './owner-ui.ts';
import { RowHead } from './row-head.tsx';

interface RowProps {
  readonly template: TemplateInfo;
  readonly onEdit: () => void;
  readonly onRemove: () => Promise<void>;
}

function Row({ template: { name, title = '', configured }, onEdit, onRemove }: RowProps) {
  const t = useTexts();
  return (
    <li class="sender">
      <RowHead name={name}>{configured && <span class="status">{t('senders.configured')}</span>}</RowHead>
      <code class="muted clip">{title}</code>
      {!configured && (
        <div class="buttons">
          <button
            type="button"
            class="button button-small"
            aria-label={t('templates.edit_one', { name })}
            onClick={onEdit}
          >
            {t('templates.edit')}
          </button>
          <BusyButton class="icon-button" label={t('templates.remove_title', { name })} action={onRemove}>
            <Icon name="trash" />
          </BusyButton>
        </div>
      )}
    </li>
  );
}

export function Templates(props: OwnerProps) {
  return (
    <Managed {...props}>
      <OwnTemplates {...props} />
    </Managed>
  );
}

function OwnTemplates({ account, owner }: OwnerProps) {
  const { ask, toast } = useUi();
  const t = useTexts();
  /** What is edited; `''` for a new one. */
  const [open, setOpen] = useState<string | undefined>(undefined);
  const loaded = useLoaded(account.id, async () => {
    const [{ templates }, senders] = await Promise.all([owner.templates(), owner.senders()]);
    return { templates, senders };
  });
  const { load } = loaded;
  const remove = async (name: string) => {
    const title = t('templates.remove_title', { name });
    if (!(await ask({ title, text: t('templates.remove_text'), yes: t('templates.remove'), danger: true }))) return;
    await owner.removeTemplate(name);
    toast(t('templates.removed', { name }));
    await load();
  };
  return (
    <Shown loaded={loaded}>
      {({ templates, senders }) =>
        open === undefined ? (
          <>
            <p class="prose">{t('templates.intro')}</p>
            <button type="button" class="button button-primary" onClick={() => setOpen('')}>
              <Icon name="plus" size={18} />
              {t('templates.new')}
            </button>
            {templates.length === 0 ? (
              <p class="muted">{t('templates.none')}</p>
            ) : (
              <ul class="panel">
                {templates.map((template) => (
                  <Row
                    key={template.name}
                    template={template}
                    onEdit={() => setOpen(template.name)}
                    onRemove={() => remove(template.name)}
                  />
                ))}
              </ul>
            )}
          </>
        ) : (
          <EditTemplate
            owner={owner}
            template={templates.find(({ name }) => name === open)}
            senders={senders}
            onClose={() => {
              setOpen(undefined);
              void load();
            }}
          />
        )
      }
    </Shown>
  );
}
