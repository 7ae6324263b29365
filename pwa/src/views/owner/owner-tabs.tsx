// The places of what an owner does, above each of them.
import { useEffect, useRef } from 'preact/hooks';
import { formatRoute, OWNER_VIEWS, type OwnerViewName, ownerRoute } from '../route.ts';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';

export function OwnerTabs({ view }: { readonly view: OwnerViewName }) {
  const { go } = useUi();
  const t = useTexts();
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone, the places are a strip that scrolls.
  useEffect(() => {
    const [link, strip] = [current.current, current.current?.closest('ul')];
    if (link !== null && strip) strip.scrollLeft = link.offsetLeft - strip.offsetLeft - 24;
  }, [view]);
  return (
    <nav aria-label={t('tabs')}>
      <ul class="owner-tabs">
        {OWNER_VIEWS.map((name) => (
          <li key={name}>
            <a
              {...(name === view ? { ref: current } : {})}
              class={`chip ${name === view ? 'chip-on' : ''}`}
              href={formatRoute(ownerRoute(name))}
              aria-current={name === view ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                go(ownerRoute(name), { replace: true });
              }}
            >
              {t(`tab.${name}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
