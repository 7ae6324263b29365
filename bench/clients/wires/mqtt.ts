// MQTT 3.1.1 over WebSockets: publishing with QoS 1, so that the broker answers, and reading with QoS 0.
import { connect, type Socket } from 'node:net';
import { maskedBinary, upgradeRequest } from '../web-socket.ts';
import type { Wire } from './wire.ts';

/** Bytes of a published packet besides its topic and its payload: type, two bytes of length, length of the topic. */
const SHELL = 5;
/** Bytes of an answer in its frame: CONNACK and PUBACK have 4, SUBACK has 5. */
const ANSWER = 6;
const SUBACK = 7;

const field = (text: string) => Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), Buffer.from(text)]);

function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x80 | (body.length & 0x7f), body.length >> 7];
  return maskedBinary(Buffer.concat([Buffer.from([type, ...length]), body]));
}

const CONNECT = packet(0x10, field('MQTT'), Buffer.from([4, 2, 0, 0]), field(''));
const subscribePacket = (topic: string) => packet(0x82, Buffer.from([0, 1]), field(topic), Buffer.from([0]));

function publishPacket(topic: string, bytes: number): Buffer {
  return packet(0x32, field(topic), Buffer.from([0, 1]), Buffer.alloc(bytes - SHELL - topic.length, 'x'));
}

/** Resolves when that many bytes have come. */
function bytesOf(socket: Socket, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const read = (chunk: Buffer) => {
      left -= chunk.length;
      if (left > 0) return;
      socket.removeListener('data', read);
      resolve();
    };
    socket.on('data', read);
  });
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // No listener: an error of the socket ends this process with its text.
  const upgraded = new Promise((resolve) => socket.once('data', resolve));
  socket.write(upgradeRequest('/mqtt', 'mqtt'));
  await upgraded;
  const greeted = bytesOf(socket, ANSWER);
  socket.write(CONNECT);
  await greeted;
  return socket;
}

/** How a broker is used. */
export const mqtt: Wire = {
  async join(port, channel) {
    const socket = await open(port);
    const joined = bytesOf(socket, SUBACK);
    socket.write(subscribePacket(channel));
    await joined;
    return socket;
  },

  async publisher(port) {
    const socket = await open(port);
    const packets = new Map<string, Buffer>();
    return {
      async publish(channel, bytes) {
        const key = `${channel} ${bytes}`;
        const known = packets.get(key) ?? publishPacket(channel, bytes);
        packets.set(key, known);
        const accepted = bytesOf(socket, ANSWER);
        socket.write(known);
        await accepted;
      },
      close: () => socket.destroy(),
    };
  },
};
