// A WebSocket that the relay refuses.
import { WebSocket } from 'ws';
import { onCleanup } from './cleanup.ts';

/** The HTTP answer to an upgrade that must be refused: status and text. */
export function refused(url: string): Promise<string> {
  const ws = new WebSocket(url);
  onCleanup(() => ws.terminate());
  return new Promise((resolve, reject) => {
    ws.on('open', () => reject(new Error('the relay accepted the socket')));
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(`${response.statusCode} ${text.trimEnd()}`));
    });
  });
}
