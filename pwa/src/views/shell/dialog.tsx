// Dialogs are the browser's own <dialog>: it traps focus, closes on Escape, and restores focus.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { type Question, useUi } from '../ui.ts';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** A menu is a sheet on a phone and has no visible title. */
  readonly kind?: 'dialog' | 'menu';
}

export function Dialog({ title, onClose, children, kind = 'dialog' }: DialogProps) {
  const { t } = useUi();
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // A layout effect runs before the paint, so that no key reaches the page below.
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; Escape does the same
    <dialog
      ref={ref}
      class={`dialog dialog-${kind}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="dialog-inner">
        <header class={kind === 'menu' ? 'visually-hidden' : 'dialog-head'}>
          <h2 id={heading}>{title}</h2>
          {kind === 'dialog' && (
            <button type="button" class="icon-button" aria-label={t('common.close')} onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}

function Option({ option: { label, chosen } }: { readonly option: NonNullable<Question['option']> }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={chosen.value}
        onChange={(event) => {
          chosen.value = event.currentTarget.checked;
        }}
      />
      <span>{label}</span>
    </label>
  );
}

/** The question that is being asked, if any. */
export function QuestionDialog() {
  const { question, t } = useUi();
  const asked = question.value;
  if (asked === undefined) return null;
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <p class="prose">{asked.text}</p>
      {asked.detail !== undefined && <pre class="code-block">{asked.detail}</pre>}
      {asked.option !== undefined && <Option option={asked.option} />}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => asked.answer(false)}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          class={`button ${asked.danger ? 'button-danger' : 'button-primary'}`}
          onClick={() => asked.answer(true)}
        >
          {asked.yes}
        </button>
      </div>
    </Dialog>
  );
}
