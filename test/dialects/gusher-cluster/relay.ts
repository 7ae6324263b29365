// Relays that speak gusher.cluster at either level, and helpers to reach them. No test lives here.
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import type { TestSocket } from '../../support/socket.ts';
import type { Answer, World, WorldOptions } from '../../world.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The key that checks the JWTs of `jwt`. */
export const PUBLIC_KEY = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The config of a relay at level 2016. @param apps keys and hooks */
export function relay2016(apps: Readonly<Record<string, string>>, over: object = {}): WorldOptions {
  const hooked = Object.fromEntries(Object.entries(apps).map(([key, url]) => [key, { url }]));
  return { config: { gusherCluster: { apps: hooked, ...over } } };
}

/** The config of a relay at level 1.13. */
export function relay1_13(over: object = {}): WorldOptions {
  return { config: { gusherCluster: { level: '1.13', publicKey: PUBLIC_KEY, ...over } } };
}

/** What a JWT says of its bearer. */
export interface Bearer {
  readonly app?: string;
  readonly user?: string;
  readonly channels?: readonly string[];
}

/** How a JWT is signed. */
export interface Signing {
  readonly algorithm?: string;
  readonly key?: typeof keys.privateKey;
}

/** A JWT, by the right key unless another is given. */
export function jwt(
  { app = 'TEST', user = 'U1', channels = ['AA'] }: Bearer,
  over: object = {},
  { algorithm = 'RS256', key = keys.privateKey }: Signing = {},
): Promise<string> {
  return new SignJWT({ gusher: { user_id: user, channels, app_key: app }, ...over })
    .setProtectedHeader({ alg: algorithm })
    .sign(key);
}

/** A call with parameters as a form. */
export function call(relay: World, request: string, parameters?: Readonly<Record<string, string>>): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  return relay.fetch(path, {
    method,
    ...(parameters === undefined ? {} : { body: new URLSearchParams(parameters) }),
  });
}

/** A socket that has logged in by JWT. */
export async function member(relay: World, bearer: Bearer = {}): Promise<TestSocket> {
  const { json } = await call(relay, 'POST /auth', { jwt: await jwt(bearer) });
  return relay.socket(`/ws/${bearer.app ?? 'TEST'}?token=${json.token}`);
}

/** Sends an event and gives the answer. */
export async function ask(socket: TestSocket, event: string, data: unknown) {
  socket.send({ event, data });
  return JSON.parse(await socket.next());
}
