// The end of the list: loads older messages from the relay before a person scrolls there.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useUi } from '../ui.ts';

/** @param isNear whether the end of the loaded messages is visible, or nearly so */
export function OlderMessages({ isNear }: { readonly isNear: boolean }) {
  const { model, t, explain } = useUi();
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const loading = useRef(false);
  const wanted = isNear && model.hasOlder.value && failure === undefined;
  const count = model.messages.value.length;

  const load = async () => {
    if (loading.current) return;
    loading.current = true;
    try {
      await model.loadOlder();
    } catch (error) {
      setFailure(explain(error));
    } finally {
      loading.current = false;
    }
  };
  // Check again after each page.
  useEffect(() => {
    if (wanted) void load();
  }, [wanted, count]);

  if (!model.hasOlder.value) return count > 0 ? <p class="list-end">{t('inbox.end')}</p> : null;
  if (failure === undefined) return <p class="list-end">{t('inbox.loading_older')}</p>;
  return (
    <div class="list-end">
      <p>{failure}</p>
      <button type="button" class="button button-small" onClick={() => setFailure(undefined)}>
        {t('common.retry')}
      </button>
    </div>
  );
}
