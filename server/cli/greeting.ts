// What a person needs right after the start: a curl line to paste, and the link that lets a phone in, also as a QR code.
import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import type { Relay } from '../compose.ts';

/** What the greeting asks of the relay. */
export type GreetingRelay = Pick<Relay, 'ports' | 'token' | 'isTokenNew' | 'devices' | 'createPairing'>;

/** The parts of the config that the greeting speaks of. */
export interface GreetingConfig {
  readonly token: string | undefined;
  readonly http: { readonly host: string; readonly basePath: string; readonly verifyToken: boolean };
}

/** The example's recipient while no device is known; the page offers the same name to the first phone that pairs. */
const EXAMPLE_NAME = 'phone';

/** The first address by which another machine of the network reaches this one. */
export function networkAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address;
  }
  return undefined;
}

function hostFor(listening: string, others: boolean): string {
  if (listening !== '' && listening !== '0.0.0.0' && listening !== '::') {
    return listening.includes(':') ? `[${listening}]` : listening;
  }
  return (others ? networkAddress() : undefined) ?? 'localhost';
}

/** One shell word, whatever the text holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** White on black in every terminal, as a phone's camera wants it. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text).replace(/^.*$/gm, '  \u001b[97;40m$&\u001b[0m');
}

/**
 * The text printed at start. It shows the token and a pairing link to a person at a terminal, and once to whoever reads the
 * output of the first start. Other outputs end up in the journal or in Docker's logs, where no secret belongs.
 *
 * @param isTerminal whether a person is looking, and the QR code is of use
 */
export function greeting(relay: GreetingRelay, { token, http }: GreetingConfig, isTerminal: boolean): string {
  const base = (others: boolean) => `http://${hostFor(http.host, others)}:${relay.ports.http}${http.basePath}`;
  const [name = EXAMPLE_NAME] = relay.devices();
  const url = quote(`${base(false)}/${encodeURIComponent(name)}.send?text=hello`);
  const showsSecrets = isTerminal || relay.isTokenNew;
  const header = showsSecrets ? quote(`Authorization: ${relay.token}`) : '"Authorization: $HERALD_TOKEN"';
  const lines = [`  Send      curl ${http.verifyToken ? `-H ${header} ` : ''}${url}`];
  if (http.verifyToken && !showsSecrets) {
    lines.push(
      `            the token is ${token === undefined ? 'kept in the data directory' : 'in the config'}; herald token prints it`,
    );
  }
  const link = showsSecrets ? base(true) + relay.createPairing() : undefined;
  if (link === undefined) lines.push('  Receive   herald pair prints a link that lets one phone in');
  else {
    lines.push(`  Receive   ${link}`);
    lines.push('            opens the page and lets one phone in, within ten minutes; later: herald pair');
  }
  const { http: port, websocket } = relay.ports;
  if (websocket !== port) lines.push(`  Sockets   port ${websocket}`);
  if (isTerminal && link !== undefined) lines.push('', qrCode(link));
  return `\n${lines.join('\n')}\n\n`;
}
