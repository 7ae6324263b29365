// A relay that speaks gusher, and helpers to reach it. No test lives here.
import type { Answer, World, WorldOptions } from '../../world.ts';

export const ACCOUNT = 'root';
export const PASSWORD = 'secret';

/** The config of such a relay. */
export function gusherRelay(over: object = {}): WorldOptions {
  return { config: { gusher: { account: ACCOUNT, password: PASSWORD, ...over } } };
}

/** The header that an account and its password make. */
export function basic(account: string, password: string): string {
  return `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`;
}

/** A call of the private API, by the super admin unless another header is given; parameters go as a form. */
export function call(
  relay: World,
  request: string,
  parameters?: Readonly<Record<string, string>>,
  authorization = basic(ACCOUNT, PASSWORD),
): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  return relay.fetch(path, {
    method,
    headers: authorization === '' ? {} : { authorization },
    ...(parameters === undefined ? {} : { body: new URLSearchParams(parameters) }),
  });
}

/** Registers an app whose own account is `<key>-account` with the password `<key>-password`. */
export async function register(relay: World, key: string, hook = ''): Promise<Answer> {
  return call(relay, 'POST /api/register', {
    app_key: key,
    auth_account: `${key}-account`,
    auth_password: `${key}-password`,
    connect_hook: hook,
  });
}

/** A push with its answer as JSON. */
export async function push(relay: World, key: string, content: string, tag = '') {
  return (await call(relay, `POST /api/push/${key}`, { content, user_tag: tag })).json;
}
