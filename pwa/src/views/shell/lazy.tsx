// Loads a view when it is first shown, so that the inbox opens fast. Offline, chunks come from the service worker.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useUi } from '../ui.ts';

/** Wraps a view that is a separate chunk. Shows that the chunk is loading, and offers a retry if that fails. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loading: Promise<ComponentType<Props>> | undefined;
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const { t } = useUi();
    const [View, setView] = useState<{ readonly view: ComponentType<Props> } | undefined>(
      loaded === undefined ? undefined : { view: loaded },
    );
    const [failed, setFailed] = useState(false);
    const [tries, setTries] = useState(0);
    useEffect(() => {
      if (View !== undefined) return;
      let stays = true;
      loading ??= load();
      loading.then(
        (view) => {
          loaded = view;
          if (stays) setView({ view });
        },
        () => {
          loading = undefined;
          if (stays) setFailed(true);
        },
      );
      return () => {
        stays = false;
      };
    }, [tries]);
    if (View !== undefined) return <View.view {...props} />;
    if (!failed) return <p class="loading" role="status" aria-label={t('common.loading')} />;
    return (
      <div class="state">
        <p>{t('common.view_failed')}</p>
        <button
          type="button"
          class="button"
          onClick={() => {
            setFailed(false);
            setTries(tries + 1);
          }}
        >
          {t('common.retry')}
        </button>
      </div>
    );
  };
}
