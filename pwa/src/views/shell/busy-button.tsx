// A button for an action that takes time. It is disabled while the action runs, and shows why the action failed.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useUi } from '../ui.ts';

interface BusyButtonProps {
  readonly action: () => Promise<unknown>;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly disabled?: boolean;
  /** For screen readers, where the text alone is the same for several buttons. */
  readonly label?: string;
}

export function BusyButton({ action, children, class: look = 'button', disabled = false, label }: BusyButtonProps) {
  const { attempt } = useUi();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await attempt(action);
    setBusy(false);
  };
  return (
    <button
      type="button"
      class={look}
      disabled={disabled || busy}
      aria-busy={busy}
      aria-label={label}
      onClick={() => void run()}
    >
      {children}
    </button>
  );
}
