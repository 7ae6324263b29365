// A sender: one connection that sends a request, waits for the answer, and sends the next.
import { connect, type Socket } from 'node:net';
import { TOKEN } from '../support/message.ts';

/** The bytes of a send. */
export function sendRequest(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${TOKEN}\r\n\r\n`);
}

/** A keep-alive connection with at most one request under way. */
export class Sender {
  readonly #socket: Socket;
  #text = '';
  #answered: (body: string) => void = () => {};
  #failed: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.#read(String(chunk)));
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.#failed(new Error('the sender was cut off')));
  }

  static open(port: number): Promise<Sender> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new Sender(socket)));
      socket.once('error', reject);
    });
  }

  /** Resolves to the body of the answer. @throws Error for a status other than 200 to 202 */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#text.slice(0, end))?.[1];
    const body = end + 4;
    if (length === undefined) {
      this.#failed(new Error(`no length in ${this.#text.slice(0, end)}`));
      return;
    }
    if (this.#text.length < body + Number(length)) return;
    const answer = this.#text;
    this.#text = '';
    if (/^HTTP\/1\.1 20[0-2] /.test(answer)) this.#answered(answer.slice(body));
    else this.#failed(new Error(answer));
  }
}
