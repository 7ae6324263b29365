// Short news at the bottom, and what screen readers hear.
import { useUi } from '../ui.ts';

export function Toasts() {
  const { toasts, model, announcement, t } = useUi();
  return (
    <div class="toasts">
      <p class="visually-hidden" aria-live="polite">
        {announcement.value}
      </p>
      <div role="status" class="toast-stack">
        {toasts.value.map((toast) => (
          <div key={toast.id} class={`toast toast-${toast.tone}`}>
            <span>{toast.text}</span>
            {toast.action !== undefined && (
              <button type="button" class="toast-button" onClick={toast.action.run}>
                {toast.action.label}
              </button>
            )}
          </div>
        ))}
        {model.updateReady.value && (
          <div class="toast">
            <span>{t('update.ready')}</span>
            <button type="button" class="toast-button" onClick={() => model.applyUpdate()}>
              {t('update.reload')}
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
