// Navigation between the views: a bar at the bottom of a phone, a rail at the side of a wide screen.
import { formatRoute, isOwnerView, type Route } from '../route.ts';
import { useUi } from '../ui.ts';
import { Icon, type IconName, Mark } from './icon.tsx';

const PLACES = [
  { view: 'inbox', icon: 'inbox' },
  { view: 'send', icon: 'send' },
  { view: 'settings', icon: 'settings' },
] as const satisfies readonly { readonly view: Route['view']; readonly icon: IconName }[];

export function Navigation() {
  const { model, route, go, t, unread: count } = useUi();
  const { view: shownView } = route.value;
  const below = isOwnerView(route.value) ? 'settings' : shownView;
  const current = below === 'message' ? 'inbox' : below;
  const unread = count.value;
  const firing = model.alerts.value.length;
  // What fires is more urgent than what is unread.
  const shown = firing > 0 ? firing : unread;
  return (
    <nav class="navigation" aria-label={t('nav.label')}>
      <span class="navigation-mark">
        <Mark size={36} />
      </span>
      {PLACES.map(({ view, icon }) => (
        <a
          key={view}
          class="navigation-link"
          href={formatRoute({ view })}
          aria-current={current === view ? 'page' : undefined}
          onClick={(event) => {
            event.preventDefault();
            go({ view });
          }}
        >
          <span class="navigation-icon">
            <Icon name={icon} size={22} />
            {view === 'inbox' && shown > 0 && (
              <span class={`badge ${firing > 0 ? 'badge-firing' : ''}`}>
                <span aria-hidden="true">{shown > 99 ? '99+' : shown}</span>
                <span class="visually-hidden">
                  {t(firing > 0 ? 'alerts.count' : 'inbox.unread_count', { count: shown })}
                </span>
              </span>
            )}
          </span>
          {t(`nav.${view}`)}
        </a>
      ))}
    </nav>
  );
}
