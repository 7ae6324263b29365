// The part of the settings that leads to what an owner does.

import { formatRoute, type OwnerViewName, ownerRoute } from '../route.ts';
import { Panel } from '../settings/panel.tsx';
import { Icon, type IconName } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';

const PLACES = [
  { view: 'overview', icon: 'filter' },
  { view: 'senders', icon: 'send' },
  { view: 'templates', icon: 'code' },
  { view: 'beats', icon: 'clock' },
  { view: 'manage', icon: 'settings' },
] as const satisfies readonly { readonly view: OwnerViewName; readonly icon: IconName }[];

export function OwnerPanel() {
  const { go } = useUi();
  const t = useTexts();
  return (
    <Panel title={t('panel.title')}>
      <ul class="places">
        {PLACES.map(({ view, icon }) => {
          const route = ownerRoute(view);
          return (
            <li key={view}>
              <a
                class="place"
                href={formatRoute(route)}
                onClick={(event) => {
                  event.preventDefault();
                  go(route);
                }}
              >
                <Icon name={icon} />
                <span class="place-text">
                  <strong>{t(`panel.${view}`)}</strong>
                  <span class="muted">{t(`panel.${view}_hint`)}</span>
                </span>
                <Icon name="chevron" size={18} />
              </a>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
