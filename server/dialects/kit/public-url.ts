// The address at which a caller reaches the relay, for addresses that the relay writes into messages and answers.
import type { HttpRequest } from './http-message.ts';

/** The part of the config that says what the relay's address is. */
export interface PublicUrlConfig {
  readonly url?: string | undefined;
  readonly basePath: string;
  readonly trustProxy: boolean;
  /** Set if the relay itself speaks https. */
  readonly tls?: object | undefined;
}

const HOST = /^[\w.:[\]-]{1,255}$/;

/** Makes the function that tells the address, with the prefix and without a slash at the end. `http.url` wins. */
export function createPublicUrl({ url, basePath, trustProxy, tls }: PublicUrlConfig): (request: HttpRequest) => string {
  const fixed = url?.replace(/\/+$/, '');
  return (request) => {
    if (fixed !== undefined) return fixed;
    const told = (name: string) => (trustProxy ? request.header(name).split(',').at(-1)?.trim() : '') ?? '';
    const host = [told('x-forwarded-host'), request.header('host')].find((text) => HOST.test(text)) ?? 'localhost';
    return `${tls !== undefined || told('x-forwarded-proto') === 'https' ? 'https' : 'http'}://${host}${basePath}`;
  };
}
