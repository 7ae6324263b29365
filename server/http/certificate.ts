// The certificate of the relay's own https. What renews it (certbot, a script) only replaces the files.
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createSecureContext } from 'node:tls';
import type { Clock, Timer } from '../base/clock.ts';
import { errorMessage, RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** The paths of two PEM files: the certificate with its chain, and its private key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate needs. */
export interface CertificateParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Both files as they were read. */
interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The end of the certificate's validity, in ms since 1970. */
  readonly validTo: number;
}

/** How often in ms the files are looked at. A look reads only their dates. */
export const CERTIFICATE_INTERVAL = 10_000;
const DAY = 86_400_000;
/** How long before its end the log begins to say that the certificate was not renewed, in ms. */
const NEAR_END = 7 * DAY;

async function readPair(files: CertificateFiles): Promise<Pair> {
  const [cert, key] = await Promise.all([readPem('cert', files.cert), readPem('key', files.key)]);
  try {
    createSecureContext({ cert, key });
    return { cert, key, validTo: Date.parse(new X509Certificate(cert).validTo) };
  } catch (error) {
    const expected = `expected a PEM certificate in ${files.cert}, and in ${files.key} its key without a passphrase`;
    throw new RelayError('invalid', `http.tls: ${expected}: ${errorMessage(error)}`);
  }
}

async function readPem(name: keyof CertificateFiles, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RelayError('invalid', `http.tls.${name}: ${errorMessage(error)}`);
  }
}

/** A text that changes when one of the files is replaced, also behind a symbolic link. */
async function stampOf(files: CertificateFiles): Promise<string> {
  const looks = [files.cert, files.key].map(async (path) => {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  });
  return (await Promise.all(looks)).join(', ');
}

/** Makes servers that speak https, and gives them each new certificate. */
export class Certificate {
  readonly #files: CertificateFiles;
  readonly #parts: CertificateParts;
  readonly #create: typeof import('node:https').createServer;
  readonly #servers: import('node:https').Server[] = [];
  #pair: Pair;
  /** The files in use, and those that could not be read at the last look. */
  #stamp: string;
  #failed = '';
  #warned = '';
  #warnedEndAt = Number.NEGATIVE_INFINITY;
  #timer: Timer;
  #isClosed = false;

  private constructor(
    files: CertificateFiles,
    parts: CertificateParts,
    create: typeof import('node:https').createServer,
    pair: Pair,
    stamp: string,
  ) {
    this.#files = files;
    this.#parts = parts;
    this.#create = create;
    this.#pair = pair;
    this.#stamp = stamp;
  }

  /** @throws RelayError `invalid` if a file cannot be read, or if the two do not belong together */
  static async open(files: CertificateFiles, parts: CertificateParts): Promise<Certificate> {
    const { createServer } = await import('node:https');
    // Before the files are read, so that one that is replaced meanwhile is read again at the first look.
    const stamp = await stampOf(files).catch(() => '');
    const certificate = new Certificate(files, parts, createServer, await readPair(files), stamp);
    certificate.#lookLater();
    certificate.#warnOfEnd();
    return certificate;
  }

  /** A server that does not listen yet. */
  createServer(options: ServerOptions, answer: RequestListener): Server {
    const { cert, key } = this.#pair;
    const server = this.#create({ ...options, cert, key }, answer);
    this.#servers.push(server);
    return server as unknown as Server;
  }

  /** Stops looking at the files. */
  close(): void {
    this.#isClosed = true;
    this.#parts.clock.clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.setTimeout(() => {
      void this.#look().finally(() => this.#lookLater());
    }, CERTIFICATE_INTERVAL);
  }

  async #look(): Promise<void> {
    this.#warnOfEnd();
    const stamp = await stampOf(this.#files).catch(() => 'missing');
    if (stamp === this.#stamp) return;
    try {
      this.#pair = await readPair(this.#files);
    } catch (error) {
      // One of two files may be new already: only what is still wrong at the next look is worth a line.
      if (this.#failed === stamp && this.#warned !== stamp) {
        this.#warned = stamp;
        this.#parts.logger.warn({ err: error }, 'the new certificate cannot be used; the old one stays in use');
      }
      this.#failed = stamp;
      return;
    }
    this.#stamp = stamp;
    const { cert, key, validTo } = this.#pair;
    for (const server of this.#servers) server.setSecureContext({ cert, key });
    this.#parts.logger.info({ validTo: new Date(validTo).toISOString() }, 'the new certificate is in use');
  }

  #warnOfEnd(): void {
    const { clock, logger } = this.#parts;
    const { validTo } = this.#pair;
    const now = clock.monotonic();
    if (validTo - clock.now() > NEAR_END || now - this.#warnedEndAt < DAY) return;
    this.#warnedEndAt = now;
    logger.warn({ validTo: new Date(validTo).toISOString() }, 'the certificate ends soon, or has ended: renew it');
  }
}
