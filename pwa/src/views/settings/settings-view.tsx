// The settings: this device, notifications, other devices, looks, storage.
import { useEffect, useRef } from 'preact/hooks';
import { useUi } from '../ui.ts';
import { Devices } from './devices.tsx';
import { Notifications } from './notifications.tsx';
import { ThisDevice } from './this-device.tsx';
import { Appearance, Storage } from './this-page.tsx';

export function SettingsView() {
  const { t } = useUi();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div class="page">
      <h1 ref={heading} class="view-title" tabIndex={-1}>
        {t('nav.settings')}
      </h1>
      <ThisDevice />
      <Notifications />
      <Devices />
      <Appearance />
      <Storage />
    </div>
  );
}
