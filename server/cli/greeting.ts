// What a person needs right after the start: a curl line to paste, and the link that lets a phone in, also as a QR code.
import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import type { Relay } from '../compose.ts';

/** The parts of the config that the greeting speaks of. */
export interface GreetingConfig {
  readonly http: { readonly host: string; readonly basePath: string; readonly verifyToken: boolean };
}

/** The example's recipient while no device is known. */
const EXAMPLE_NAME = 'kooritea';

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
 * The text printed at start. The token is part of the line, since this is the place where its owner learns it.
 *
 * @param terminal whether a person is looking, and the QR code is of use
 */
export function greeting(relay: Relay, { http }: GreetingConfig, terminal: boolean): string {
  const base = (others: boolean) => `http://${hostFor(http.host, others)}:${relay.ports.http}${http.basePath}`;
  const link = base(true) + relay.createPairing();
  const [first = EXAMPLE_NAME] = relay.devices();
  const header = http.verifyToken ? `-H ${quote(`Authorization: ${relay.token}`)} ` : '';
  const url = `${base(false)}/${encodeURIComponent(first)}.send?text=hello`;
  const { http: port, websocket } = relay.ports;
  return `
  Send      curl ${header}${quote(url)}
  Receive   ${link}
            opens the page and lets one phone in, for ten minutes; later: herald pair
${websocket === port ? '' : `  Sockets   port ${websocket}\n`}${terminal ? `\n${qrCode(link)}\n` : ''}
`;
}
