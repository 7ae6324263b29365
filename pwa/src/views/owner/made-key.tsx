// A key that was just made: its text, this one time; what to set in the sender; and the first request as it comes.
import { useEffect, useId, useState } from 'preact/hooks';
import type { KeyUseInfo, MadeKeyInfo } from '../../../../shared/api.ts';
import { SENDER_TOOLS, type SenderContext, type SenderSetting } from '../../../../shared/sender-tools.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import type { Owner } from '../../model/owner/owner.ts';
import { Icon } from '../shell/icon.tsx';
import { CopyBlock } from './copy-block.tsx';
import { useTexts } from './owner-ui.ts';

/** What the settings of a tool are made from. Undefined if the key does not send. */
function contextOf({ key, device, group, send, addresses }: MadeKeyInfo): SenderContext | undefined {
  const byKind = new Map(addresses.map(({ kind, text }) => [kind, text]));
  const webhook = byKind.get('webhook');
  if (webhook === undefined) return undefined;
  const target = group ?? device ?? send?.find((name) => !name.includes('*')) ?? '';
  return {
    server: webhook.slice(0, webhook.lastIndexOf('/')),
    key,
    target,
    isGroup: group !== undefined,
    addresses: byKind,
  };
}

function labelOf({ label, name }: SenderSetting): OwnerKey | string {
  return name ?? `setting.${label}`;
}

function Settings({ context }: { readonly context: SenderContext }) {
  const t = useTexts();
  const id = useId();
  const tools = SENDER_TOOLS.filter(({ needs }) => context.addresses.has(needs));
  const [chosen, setChosen] = useState('curl');
  const tool = tools.find((one) => one.id === chosen) ?? tools[0];
  const nameOf = (one: (typeof tools)[number]) => one.name ?? t(`tool.${one.id}` as OwnerKey);
  return (
    <>
      <div class="field">
        <label class="label" for={id}>
          {t('made.what')}
        </label>
        <select id={id} class="input" value={tool?.id} onChange={(event) => setChosen(event.currentTarget.value)}>
          {tools.map((one) => (
            <option key={one.id} value={one.id}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </div>
      {tool?.settings(context).map((setting) => (
        <CopyBlock
          key={`${tool.id} ${labelOf(setting)} ${setting.text}`}
          label={setting.name ?? t(`setting.${setting.label}`)}
          text={setting.text}
        />
      ))}
    </>
  );
}

function FirstUse({ owner, name, since }: { readonly owner: Owner; readonly name: string; readonly since: number }) {
  const t = useTexts();
  const [use, setUse] = useState<KeyUseInfo | undefined>(undefined);
  useEffect(() => owner.followUses(name, since, setUse), [owner, name, since]);
  const isBad = use?.result === 'refused' || use?.result === 'limited';
  const text =
    use?.result === 'refused' ? 'made.refused' : use?.result === 'limited' ? 'made.limited' : 'made.received';
  return (
    <p class={`first-use ${use === undefined ? '' : isBad ? 'first-use-bad' : 'first-use-good'}`} role="status">
      <Icon name={use === undefined ? 'clock' : isBad ? 'alert' : 'check'} />
      <span>{use === undefined ? t('made.waiting') : t(text, { dialect: use.dialect, title: use.title })}</span>
    </p>
  );
}

interface MadeKeyProps {
  readonly owner: Owner;
  readonly made: MadeKeyInfo;
  readonly onClose: () => void;
}

export function MadeKey({ owner, made, onClose }: MadeKeyProps) {
  const t = useTexts();
  const context = contextOf(made);
  return (
    <div class="dialog-form">
      <p class="hint hint-warn">{t('made.once')}</p>
      <CopyBlock label={t('made.key')} text={made.key} />
      {context === undefined ? (
        <p class="prose">{t('made.nothing')}</p>
      ) : (
        <>
          <Settings context={context} />
          <FirstUse owner={owner} name={made.name} since={made.lastUse?.at ?? 0} />
        </>
      )}
      <div class="dialog-buttons">
        <button type="button" class="button button-primary" onClick={onClose}>
          {t('made.done')}
        </button>
      </div>
    </div>
  );
}
