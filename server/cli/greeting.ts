// The text printed at start: a curl line to paste, and a link (also as a QR code) that pairs a phone.
import { renderUnicodeCompact } from 'uqr';
import { networkAddress } from '../base/network-address.ts';
import type { Relay } from '../compose.ts';
import { visible } from './output.ts';
import type { ListeningConfig } from './server-address.ts';
import { curlIn, quoteFor, type Shell, withVariable } from './shell.ts';

/** The parts of a relay that the greeting needs. */
export type GreetingRelay = Pick<Relay, 'ports' | 'token' | 'isTokenNew' | 'devices' | 'createPairing'>;

/** The parts of the config that the greeting needs. */
export interface GreetingConfig {
  readonly token: string | undefined;
  readonly http: Omit<ListeningConfig['http'], 'port'> & { readonly verifyToken: boolean };
  readonly redis?: { readonly prefix: string } | undefined;
  readonly storage: { readonly dir: string };
}

/** The recipient in the example while no device exists. The page offers the same name to the first phone that pairs. */
const EXAMPLE_NAME = 'phone';

function hostFor(listening: string, others: boolean): string {
  if (listening !== '' && listening !== '0.0.0.0' && listening !== '::') {
    return listening.includes(':') ? `[${listening}]` : listening;
  }
  return (others ? networkAddress() : undefined) ?? 'localhost';
}

/** A QR code for the terminal. It is always white on black, because cameras read that best. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text).replace(/^.*$/gm, '  \u001b[97;40m$&\u001b[0m');
}

/**
 * The text printed at start. It shows the token and a pairing link to a person at a terminal, and at the first start
 * also to any other output, because the owner cannot know them yet. After that, an output that is not a terminal ends
 * up in the journal or in Docker's logs, where secrets do not belong.
 *
 * @param isTerminal whether the output is a terminal, which also gets the QR code
 * @param shell the shell for which the line is quoted
 */
export async function greeting(
  relay: GreetingRelay,
  { token, http, redis, storage }: GreetingConfig,
  isTerminal: boolean,
  shell: Shell = 'posix',
): Promise<string> {
  const scheme = http.tls === undefined ? 'http' : 'https';
  const base = (others: boolean) =>
    http.url?.replace(/\/+$/, '') ?? `${scheme}://${hostFor(http.host, others)}:${relay.ports.http}${http.basePath}`;
  const [name = EXAMPLE_NAME] = relay.devices();
  const url = quoteFor(shell, `${base(false)}/${encodeURIComponent(name)}.send?text=hello`);
  const showsSecrets = isTerminal || relay.isTokenNew;
  const header = showsSecrets
    ? quoteFor(shell, `Authorization: ${relay.token}`)
    : withVariable(shell, 'Authorization: ', 'HERALD_TOKEN');
  const lines = [`  Send      ${curlIn(shell)} ${http.verifyToken ? `-H ${header} ` : ''}${url}`];
  if (http.verifyToken && !showsSecrets) {
    lines.push(
      `            the token is ${token === undefined ? 'kept in the data directory' : 'set in the config or by HERALD_TOKEN'}; herald token prints it`,
    );
  }
  const link = showsSecrets ? base(true) + (await relay.createPairing()) : undefined;
  if (link === undefined) lines.push('  Receive   herald pair prints a link that pairs one phone');
  else {
    lines.push(`  Receive   ${link}`);
    lines.push('            opens the page and pairs one phone within ten minutes; later: herald pair');
    // Browsers give service workers, and so notifications, only to pages over https and of their own machine.
    if (!/^https:|^http:\/\/(?:localhost|127\.|\[::1\])/.test(link)) {
      lines.push(`            notifications on a phone need https, which takes two lines: ${base(true)}/docs/https`);
    }
  }
  const { http: port, websocket } = relay.ports;
  if (websocket !== port) lines.push(`  Sockets   port ${websocket}`);
  lines.push(`  Data      ${redis === undefined ? visible(storage.dir) : `Redis, under the prefix ${redis.prefix}`}`);
  if (isTerminal && link !== undefined) lines.push('', qrCode(link));
  return `\n${lines.join('\n')}\n\n`;
}
