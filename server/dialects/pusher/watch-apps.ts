// Keeps state in step with the apps of the relay.
import type { App } from '../../channel/app.ts';
import type { Apps } from '../../channel/apps.ts';

/** Calls `look` for every app: now, and whenever one is added, replaced or removed (`undefined`). */
export function watchApps(
  apps: Pick<Apps, 'list' | 'onChange'>,
  look: (id: string, app: App | undefined) => void,
): void {
  for (const app of apps.list()) look(app.id, app);
  apps.onChange(look);
}
