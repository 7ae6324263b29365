// What forms that save something share: they are busy meanwhile, and show why it failed.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useUi } from '../ui.ts';

/** The state of a form. */
export interface Submission {
  readonly busy: boolean;
  /** Why the last try failed. */
  readonly failure: string | undefined;
  readonly onSubmit: (event: Event) => void;
}

/**
 * Runs the action when the form is submitted.
 * @param action may throw: the form shows why
 * @param explain what it shows, in place of the page's own text
 */
export function useSubmit(action: () => Promise<unknown>, explain?: (error: unknown) => string): Submission {
  const ui = useUi();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const run = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await action();
    } catch (error) {
      setFailure((explain ?? ui.explain)(error));
    }
    setBusy(false);
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void run();
  };
  return { busy, failure, onSubmit };
}

interface FailureProps {
  readonly failure: string | undefined;
  /** What else is wrong. */
  readonly children?: ComponentChildren;
}

/** Why a form failed, told to screen readers too. */
export function FormFailure({ failure, children }: FailureProps) {
  return (
    <div role="alert">
      {children}
      {failure !== undefined && <p class="hint hint-bad">{failure}</p>}
    </div>
  );
}

interface EndProps extends FailureProps {
  readonly busy: boolean;
  /** The text of the button that submits. */
  readonly label: string;
  /** Whether the form cannot be submitted yet. */
  readonly disabled?: boolean;
  readonly onCancel: () => void;
}

/** The end of a form: why it failed, and the buttons that cancel and submit it. */
export function FormEnd({ busy, failure, label, disabled = false, onCancel, children }: EndProps) {
  const { t } = useUi();
  return (
    <>
      <FormFailure failure={failure}>{children}</FormFailure>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={onCancel}>
          {t('common.cancel')}
        </button>
        <button type="submit" class="button button-primary" disabled={busy || disabled} aria-busy={busy}>
          {label}
        </button>
      </div>
    </>
  );
}
