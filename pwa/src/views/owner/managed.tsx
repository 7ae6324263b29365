// What only a device sees that manages the relay, and the form that makes it one.
import type { ComponentChildren } from 'preact';
import { Failed } from '../shell/failed.tsx';
import { useUi } from '../ui.ts';
import { ManageForm } from './manage.tsx';
import { type Loaded, type OwnerProps, useLoaded, useTexts } from './owner-ui.ts';

export function Managed({ account, owner, children }: OwnerProps & { readonly children: ComponentChildren }) {
  const t = useTexts();
  const loaded = useLoaded(account.id, owner.manages);
  return (
    <Shown loaded={loaded}>
      {(manages) =>
        manages ? (
          children
        ) : (
          <>
            <p class="prose">{t('manage.needed_here')}</p>
            <ManageForm owner={owner} code="" onDone={() => void loaded.load()} />
          </>
        )
      }
    </Shown>
  );
}

interface ShownProps<T> {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** Shows what was loaded, why the last try failed, or that it loads. */
export function Shown<T>({ loaded: { value, failure, load }, children }: ShownProps<T>) {
  const { t } = useUi();
  const failed = failure !== undefined && <Failed failure={failure} retry={() => void load()} />;
  if (value === undefined) {
    return failed || <p class="loading" role="status" aria-label={t('common.loading')} />;
  }
  return (
    <>
      {failed}
      {children(value)}
    </>
  );
}
