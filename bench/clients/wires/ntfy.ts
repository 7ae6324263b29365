// ntfy's topics: listening by a socket and by a stream of lines, and publishing.
import { TOKEN } from '../../support/message.ts';
import { postRequest } from '../sender.ts';
import { upgradeRequest } from '../web-socket.ts';
import { chunkSize, openLines } from './plain.ts';
import { publishRequests } from './requests.ts';
import type { Wire } from './wire.ts';

const AS_OWNER = { Authorization: `Bearer ${TOKEN}` };
/** The events say of what topic they are, and when they expire. Over sockets they also name their sequence. */
const EVENT = { id: 'x'.repeat(12), time: 1_796_040_274, expires: 1_798_632_274, event: 'message' };
const shellOf = (topic: string, more: object) => JSON.stringify({ ...EVENT, ...more, topic, message: '' }).length;

/** Publishes messages whose events have so many bytes. @param shell bytes of an event without its text */
function publisher(shell: (topic: string) => number): Wire['publisher'] {
  return (port) =>
    publishRequests(port, (topic, bytes) =>
      postRequest(`/${topic}`, { type: 'text/plain', body: 'x'.repeat(bytes - shell(topic)), headers: AS_OWNER }),
    );
}

/** Whether the first event has come, which says that the listener hears everything from now on. */
const isOpen = (text: string) => text.includes('"event":"open"');

/** `GET /<topic>/ws`. */
export const ntfyWs: Wire = {
  join(port, topic) {
    const request = upgradeRequest(`/${topic}/ws`).replace('\r\n', `\r\nAuthorization: ${AS_OWNER.Authorization}\r\n`);
    return openLines(port, request, isOpen);
  },
  publisher: publisher((topic) => shellOf(topic, { sequence_id: EVENT.id })),
};

/** `GET /<topic>/json`. */
export const ntfyJson: Wire = {
  join(port, topic) {
    const head = `Host: localhost\r\nAuthorization: ${AS_OWNER.Authorization}`;
    return openLines(port, `GET /${topic}/json HTTP/1.1\r\n${head}\r\n\r\n`, isOpen);
  },
  // A line ends with a line feed.
  publisher: publisher((topic) => shellOf(topic, {}) + 1),
  size: chunkSize,
};
