// Streams that are open and get nothing.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { answerCalls } from '../support/calls.ts';
import { TOKEN } from '../support/message.ts';

/** Opens streams until there are `count`. */
export interface StreamsCall {
  readonly port: number;
  readonly count: number;
}

const sockets: Socket[] = [];

async function open({ port }: StreamsCall, index: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  const target = `device-${index}`;
  socket.write(`GET /v1/stream?target=${target} HTTP/1.1\r\nHost: bench\r\nAuthorization: ${TOKEN}\r\n\r\n`);
  let text = '';
  while (!text.includes('event: open')) text += String((await once(socket, 'data'))[0]);
  socket.resume();
}

answerCalls({
  async open(call: StreamsCall): Promise<void> {
    while (sockets.length < call.count) await open(call, sockets.length);
  },
});
