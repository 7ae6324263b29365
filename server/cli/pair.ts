// herald pair: makes a link that pairs one device without showing it the token.
import { networkAddress } from '../base/network-address.ts';
import { type Command, CommandError } from './command.ts';
import { qrCode } from './greeting.ts';
import { jsonLine, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';
import { isLocal, type ServerAddress } from './server-address.ts';

/** Prints a link that pairs one device or lets it manage the relay, and its QR code on a terminal. */
export const pair: Command = {
  help: `usage: herald pair [OPTIONS]

Prints a link that opens the page and pairs one phone, and on a terminal its QR code. The link works once, within ten
minutes. The link has the public address of the relay (http.url), or else the address that other machines in the network
use.

  --owner         lets a device that is already paired manage the relay: its page shows senders and keys
  --json          print {"code": ..., "expiresAt": ..., "link": ...}; expiresAt is in ms since 1970
${ACCESS_HELP}`,
  options: { ...accessOptions, owner: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    const server = await findServer(parsed, io);
    const body = parsed.flag('owner') ? { manage: true } : {};
    const answer = await request(server, { method: 'POST', path: '/v1/pairings', body, signal: io.signal });
    const { code, expiresAt, path, url } = answer;
    if (typeof path !== 'string') throw new CommandError(`${server.http} does not answer as a Herald relay does`);
    const link = (typeof url === 'string' ? visible(url) : publicBase(server)) + visible(path);
    const picture = io.stdout.isTTY === true ? `\n${qrCode(link)}\n` : '';
    await write(io.stdout, parsed.flag('json') ? jsonLine({ code, expiresAt, link }) : `${link}\n${picture}`);
    return 0;
  },
};

/** The relay's address for other machines. */
function publicBase(server: ServerAddress): string {
  const address = isLocal(server) ? networkAddress() : undefined;
  if (address === undefined) return server.http;
  const url = new URL(server.http);
  url.hostname = address;
  return url.href.replace(/\/$/, '');
}
