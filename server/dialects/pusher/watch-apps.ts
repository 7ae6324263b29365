// What depends on which apps there are.
import type { App, Apps } from '../../channel/app.ts';

/** Looks at every app: now, and whenever one comes, changes or goes (`undefined`). */
export function watchApps(
  apps: Pick<Apps, 'list' | 'onChange'>,
  look: (id: string, app: App | undefined) => void,
): void {
  for (const app of apps.list()) look(app.id, app);
  apps.onChange(look);
}
