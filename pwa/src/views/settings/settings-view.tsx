// The settings: this device, notifications, quiet hours, devices, appearance, storage, about.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { lazy } from '../shell/lazy.tsx';
import { useUi } from '../ui.ts';
import { About } from './about.tsx';
import { Devices } from './devices.tsx';
import { Encryption } from './encryption.tsx';
import { Notifications } from './notifications.tsx';
import { QuietHours } from './quiet-hours.tsx';
import { ThisDevice } from './this-device.tsx';
import { Appearance, Storage } from './this-page.tsx';

const Owner = lazy(() => import('../owner/owner-panel.tsx').then((chunk) => chunk.OwnerPanel));

export function SettingsView() {
  const { t } = useUi();
  const heading = useRef<HTMLHeadingElement>(null);
  // A layout effect runs before the paint: later, the heading could take the focus from a field that the person is in.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div class="page">
      <h1 ref={heading} class="view-title" tabIndex={-1}>
        {t('nav.settings')}
      </h1>
      <ThisDevice />
      <Notifications />
      <QuietHours />
      <Devices />
      <Owner />
      <Encryption />
      <Appearance />
      <Storage />
      <About />
    </div>
  );
}
