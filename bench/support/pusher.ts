// The app of the Pusher dialect that the benchmarks use, and the signatures of its publishers and subscribers.
import { createHash, createHmac } from 'node:crypto';

const SECRET = 'bench-secret';

/** The app as the config has it. */
export const APP = { id: 'bench', key: 'bench-key', secret: SECRET } as const;

const hmac = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');

/** A signed request as bytes; valid for ten minutes. @param path below the app, such as `events` */
export function signedRequest(method: 'GET' | 'POST', path: string, body = ''): Buffer {
  const target = `/apps/${APP.id}/${path}`;
  const digest = body === '' ? '' : `&body_md5=${createHash('md5').update(body).digest('hex')}`;
  const query = `auth_key=${APP.key}&auth_timestamp=${Math.floor(Date.now() / 1000)}&auth_version=1.0${digest}`;
  const signature = hmac(`${method}\n${target}\n${query}`);
  return Buffer.from(
    `${method} ${target}?${query}&auth_signature=${signature} HTTP/1.1\r\nHost: localhost\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A trigger of one event, or of several to the same channel in one batch. */
export function triggerRequest(channel: string, data: string, events = 1): Buffer {
  const event = { name: 'bench', channel, data };
  return events === 1
    ? signedRequest('POST', 'events', JSON.stringify(event))
    : signedRequest('POST', 'batch_events', JSON.stringify({ batch: Array(events).fill(event) }));
}

/** The frame that subscribes to a channel, signed if the channel requires it. */
export function subscribeFrame(socketId: string, channel: string): string {
  const data: Record<string, string> = { channel };
  if (channel.startsWith('presence-')) {
    data['channel_data'] = JSON.stringify({ user_id: socketId });
    data['auth'] = `${APP.key}:${hmac(`${socketId}:${channel}:${data['channel_data']}`)}`;
  } else if (channel.startsWith('private-')) {
    data['auth'] = `${APP.key}:${hmac(`${socketId}:${channel}`)}`;
  }
  return JSON.stringify({ event: 'pusher:subscribe', data });
}
