// A key that was just made: its text, this one time; what to set in the sender; a test; and requests as they come.
import { useEffect, useState } from 'preact/hooks';
import type { KeyUseInfo, MadeKeyInfo } from '../../../../shared/api.ts';
import { SENDER_TOOLS, type SenderContext, type SenderSetting } from '../../../../shared/sender-tools.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import type { Owner } from '../../model/owner/owner.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { useUi } from '../ui.ts';
import { CopyBlock } from './copy-block.tsx';
import { Arrival } from './mapped.tsx';
import { useTexts } from './owner-ui.ts';
import { ToolField } from './tool-field.tsx';

/** What the settings of a tool are made from. Undefined if the key does not send. */
function contextOf({ key, device, group, send, addresses, signed }: MadeKeyInfo): SenderContext | undefined {
  const byKind = new Map(addresses.map(({ kind, text }) => [kind, text]));
  const webhook = byKind.get('webhook');
  if (webhook === undefined) return undefined;
  const target = group ?? device ?? send?.find((name) => !name.includes('*')) ?? '';
  return {
    server: webhook.slice(0, webhook.lastIndexOf('/')),
    key,
    target,
    isGroup: group !== undefined,
    isSigned: signed,
    addresses: byKind,
  };
}

function labelOf({ label, name }: SenderSetting): OwnerKey | string {
  return name ?? `setting.${label}`;
}

interface SettingsProps {
  readonly context: SenderContext;
  readonly tool: string;
  readonly onTool: (tool: string) => void;
}

function Settings({ context, tool: chosen, onTool }: SettingsProps) {
  const t = useTexts();
  const tools = SENDER_TOOLS.filter(({ needs }) => context.addresses.has(needs));
  const tool = tools.find((one) => one.id === chosen) ?? tools[0];
  return (
    <>
      <ToolField tools={tools} chosen={tool?.id ?? ''} onChange={onTool} />
      {tool?.settings(context).map((setting) => (
        <CopyBlock
          key={`${tool.id} ${labelOf(setting)} ${setting.text}`}
          label={setting.name ?? t(`setting.${setting.label}`)}
          text={setting.text}
        />
      ))}
      {context.isSigned && tool?.needs === 'hook' && <p class="hint">{t('made.signed')}</p>}
    </>
  );
}

interface ConnectionProps extends Pick<MadeKeyProps, 'owner' | 'made'> {
  readonly tool: string;
}

/** Waits for the requests of the sender, and makes one on demand. */
function Connection({ owner, made, tool }: ConnectionProps) {
  const { explain } = useUi();
  const t = useTexts();
  const { name } = made;
  const since = made.lastUse?.at ?? 0;
  const [use, setUse] = useState<KeyUseInfo | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  useEffect(() => owner.followUses(name, since, setUse), [owner, name, since]);
  const test = async () => {
    setFailure(undefined);
    try {
      const { answers } = await owner.testSender(name, tool, made.key);
      const last = answers.at(-1);
      if (last !== undefined && last.status >= 300) setFailure(t('made.test_failed', last));
    } catch (error) {
      setFailure(explain(error));
    }
  };
  return (
    <>
      <div class="test-sender">
        <BusyButton class="button" action={test}>
          {t('made.test')}
        </BusyButton>
        <p class="hint">{t('made.test_hint')}</p>
      </div>
      <div role="alert">{failure !== undefined && <p class="hint hint-bad">{failure}</p>}</div>
      <Arrival use={use} />
    </>
  );
}

interface MadeKeyProps {
  readonly owner: Owner;
  readonly made: MadeKeyInfo;
  /** What sends, as far as the person has said. */
  readonly tool: string;
  readonly onClose: () => void;
}

export function MadeKey({ owner, made, tool: asked, onClose }: MadeKeyProps) {
  const t = useTexts();
  const context = contextOf(made);
  const [tool, setTool] = useState(asked);
  return (
    <div class="dialog-form">
      <p class="hint hint-warn">{t('made.once')}</p>
      <CopyBlock label={t('made.key')} text={made.key} />
      {context === undefined ? (
        <p class="prose">{t('made.nothing')}</p>
      ) : (
        <>
          <Settings context={context} tool={tool} onTool={setTool} />
          <Connection owner={owner} made={made} tool={tool} />
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
