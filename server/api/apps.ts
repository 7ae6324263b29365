// Apps of the channel core, for the holder of the token: who they are, new ones, new keys.
import type Router from '@koa/router';
import type { Context } from 'koa';
import { RelayError } from '../base/errors.ts';
import { callerOf, requireOwner } from './access.ts';
import { readJsonBody } from './json-body.ts';
import type { ApiPorts } from './ports.ts';

/** Adds the routes of apps. */
export function addApps(router: Router, ports: ApiPorts): void {
  const { appRegistry } = ports;

  /** Whoever can make an app can publish to its users, so a device's own token is not enough. */
  async function requireToken(context: Context): Promise<void> {
    requireOwner(await callerOf(context, ports), 'apps need the token');
  }

  router.get('/v1/apps', async (context) => {
    await requireToken(context);
    context.body = { apps: appRegistry.list() };
  });

  router.post('/v1/apps', async (context) => {
    await requireToken(context);
    context.body = await appRegistry.create(await readJsonBody(context));
    context.status = 201;
  });

  router.delete('/v1/apps/:id', async (context) => {
    await requireToken(context);
    const id = String(context.params['id']);
    await appRegistry.remove(id);
    context.body = { removed: id };
  });

  router.post('/v1/apps/:id/keys', async (context) => {
    await requireToken(context);
    const { keep } = await readJsonBody(context);
    if (keep !== undefined && typeof keep !== 'number') throw new RelayError('invalid', 'keep must be a number');
    context.body = await appRegistry.rotate(String(context.params['id']), keep);
    context.status = 201;
  });
}
