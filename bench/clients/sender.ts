// A sender: one connection that sends a request, waits for the answer, and sends the next.
import { connect, type Socket } from 'node:net';
import { TOKEN } from '../support/message.ts';

/** The bytes of a send. @param token the credential that it shows */
export function sendRequest(path: string, token = TOKEN): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${token}\r\n\r\n`);
}

/** What a POST has beside its path. */
export interface Posted {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a POST. */
export function postRequest(path: string, { type, body, headers = {} }: Posted): Buffer {
  const all = { Host: 'localhost', 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** Connects to a server on this machine. */
function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** A connection with at most one request under way. It opens again where a server has closed it after an answer. */
export class Sender {
  readonly #port: number;
  #socket: Socket;
  #isOver = false;
  #text = '';
  #answered: (body: string) => void = () => {};
  #failed: (error: Error) => void = () => {};

  private constructor(port: number, socket: Socket) {
    this.#port = port;
    this.#socket = socket;
    this.#listen();
  }

  static async open(port: number): Promise<Sender> {
    return new Sender(port, await open(port));
  }

  /** Resolves to the body of the answer. @throws Error for a status other than 200 to 202 */
  async send(request: Buffer): Promise<string> {
    if (this.#isOver) {
      this.#socket = await open(this.#port);
      this.#isOver = false;
      this.#listen();
    }
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.#read(String(chunk)));
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      // Of no effect while no answer is awaited: a server may close what it calls idle.
      if (!this.#isOver) this.#failed(new Error('the sender was cut off'));
      this.#isOver = true;
    });
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#text.slice(0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const body = end + 4;
    if (length === undefined) {
      this.#failed(new Error(`no length in ${head}`));
      return;
    }
    if (this.#text.length < body + Number(length)) return;
    const answer = this.#text;
    this.#text = '';
    this.#isOver = /\r\nconnection: close/i.test(head);
    if (/^HTTP\/1\.1 20[0-2] /.test(answer)) this.#answered(answer.slice(body));
    else this.#failed(new Error(answer));
  }
}
