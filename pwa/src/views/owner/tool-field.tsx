// The choice of what sends.
import { useId } from 'preact/hooks';
import type { SenderTool } from '../../../../shared/sender-tools.ts';
import type { OwnerKey } from '../../locales/owner/en.ts';
import { type OwnerText, useTexts } from './owner-ui.ts';

/** The name of a kind of sender. */
export function toolName({ id, name }: SenderTool, t: OwnerText): string {
  return name ?? t(`tool.${id}` as OwnerKey);
}

interface ToolFieldProps {
  readonly tools: readonly SenderTool[];
  readonly chosen: string;
  readonly onChange: (tool: string) => void;
}

export function ToolField({ tools, chosen, onChange }: ToolFieldProps) {
  const t = useTexts();
  const id = useId();
  return (
    <div class="field">
      <label class="label" for={id}>
        {t('made.what')}
      </label>
      <select id={id} class="input" value={chosen} onChange={(event) => onChange(event.currentTarget.value)}>
        {tools.map((tool) => (
          <option key={tool.id} value={tool.id}>
            {toolName(tool, t)}
          </option>
        ))}
      </select>
    </div>
  );
}
