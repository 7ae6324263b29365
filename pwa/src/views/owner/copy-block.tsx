// Something to paste elsewhere, with a button that copies it.
import { copyText } from '../inbox/message-commands.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';

export function CopyBlock({ label, text }: { readonly label: string; readonly text: string }) {
  const ui = useUi();
  const t = useTexts();
  return (
    <div class="copy-block">
      <div class="copy-head">
        <span class="label">{label}</span>
        <button
          type="button"
          class="icon-button"
          aria-label={t('copy', { what: label })}
          onClick={() => void copyText(ui, text)}
        >
          <Icon name="copy" size={18} />
        </button>
      </div>
      <pre class="code-block">{text}</pre>
    </div>
  );
}
