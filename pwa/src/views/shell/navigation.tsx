// Navigation between the views: a bar at the bottom of a phone, a rail at the side of a wide screen.
import { formatRoute, type Route } from '../route.ts';
import { useUi } from '../ui.ts';
import { Icon, type IconName, Mark } from './icon.tsx';

const PLACES = [
  { view: 'inbox', icon: 'inbox' },
  { view: 'send', icon: 'send' },
  { view: 'settings', icon: 'settings' },
] as const satisfies readonly { readonly view: Route['view']; readonly icon: IconName }[];

export function Navigation() {
  const { route, go, t, unread: count } = useUi();
  const current = route.value.view === 'message' ? 'inbox' : route.value.view;
  const unread = count.value;
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
            {view === 'inbox' && unread > 0 && (
              <span class="badge">
                <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
                <span class="visually-hidden">{t('inbox.unread_count', { count: unread })}</span>
              </span>
            )}
          </span>
          {t(`nav.${view}`)}
        </a>
      ))}
    </nav>
  );
}
