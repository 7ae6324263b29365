// Short messages at the bottom, and announcements for screen readers.
import { useUi } from '../ui.ts';
import { Icon } from './icon.tsx';

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
            <span>{typeof toast.text === 'string' ? toast.text : toast.text.value}</span>
            {toast.action !== undefined && (
              <button type="button" class="toast-button" onClick={toast.action.run}>
                {toast.action.label}
              </button>
            )}
            <button type="button" class="toast-close" aria-label={t('common.close')} onClick={toast.close}>
              <Icon name="close" size={18} />
            </button>
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
