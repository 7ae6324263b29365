// What depends on which apps there are.
import type { App } from '../../channel/app.ts';
import type { Apps } from '../../channel/apps.ts';

/** Looks at every app: now, and whenever one comes, changes or goes (`undefined`). */
export function watchApps(
  apps: Pick<Apps, 'list' | 'onChange'>,
  look: (id: string, app: App | undefined) => void,
): void {
  for (const app of apps.list()) look(app.id, app);
  apps.onChange(look);
}
