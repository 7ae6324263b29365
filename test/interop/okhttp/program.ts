// Runs the Java programs of apps/ with one version of OkHttp. No test lives here.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { installed } from '../support/programs.ts';

/** The versions of OkHttp that the apps are played with. */
export const VERSIONS: readonly string[] = JSON.parse(
  readFileSync(new URL('./versions.json', import.meta.url), 'utf8'),
).map(({ version }: { version: string }) => version);

/** Something that happened to an app by itself. */
export interface AppEvent {
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into events of every shape, and fails where it is wrong
  readonly [field: string]: any;
}

/** How many events the error of a wait shows. */
const SHOWN = 5;

/** One app that runs in the program. */
export class PlayedApp {
  /** Everything that has happened to it. */
  readonly events: AppEvent[] = [];
  readonly #name: string;
  readonly #program: OkHttpProgram;

  constructor(program: OkHttpProgram, name: string) {
    this.#program = program;
    this.#name = name;
  }

  /** Lets the app do something. @throws Error with what the app threw */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of every shape, and fails where it is wrong
  call(method: string, args: object = {}): Promise<any> {
    return this.#program.call(this.#name, method, args);
  }

  /** The events of a kind so far. */
  of(kind: string): AppEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  /** Waits until there are so many events of a kind, and returns them. */
  async until(kind: string, count: number): Promise<AppEvent[]> {
    const last = () => this.events.slice(-SHOWN);
    await eventually(`${count} times ${kind}`, last, { until: () => this.of(kind).length >= count });
    return this.of(kind);
  }

  /** The texts of what it has shown, in that order. */
  shown(): string[] {
    return this.of('notified').map(({ message }) => message.message);
  }
}

/** The running program. */
export class OkHttpProgram {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #apps = new Map<string, PlayedApp>();
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #errors = '';
  #last = 0;

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process;
    process.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
    createInterface({ input: process.stdout }).on('line', (line) => this.#read(line));
    process.once('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the program has ended: ${this.#errors}`));
      this.#waiting.clear();
    });
  }

  /** Starts it. It ends after the suite or the test. @param trusted the file of a certificate to trust, PEM */
  static start(version: string, trusted?: string): OkHttpProgram {
    const folder = join(installed('INTEROP_OKHTTP'), version);
    const classes = [join(folder, 'classes'), join(folder, 'jars', '*')].join(':');
    // It lives for a minute at most.
    const usual = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classes];
    const started = spawn('java', [...usual, ...(trusted === undefined ? [] : trustStore(trusted)), 'Main']);
    onCleanup(() => started.kill('SIGKILL'));
    return new OkHttpProgram(started);
  }

  /** Makes an app. */
  async app(kind: 'ntfy' | 'gotify', settings: object): Promise<PlayedApp> {
    const name = `${kind} ${this.#apps.size + 1}`;
    const app = new PlayedApp(this, name);
    this.#apps.set(name, app);
    await this.call(name, kind, settings);
    return app;
  }

  call(app: string, call: string, args: object): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ id, app, call, with: args })}\n`);
    });
  }

  #read(line: string): void {
    const { id, result, error, app, event } = JSON.parse(line);
    if (event !== undefined) {
      this.#apps.get(app)?.events.push(event);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}

/** The options that make Java trust a certificate. */
function trustStore(certificate: string): string[] {
  const [store, password] = [join(dirname(certificate), 'trusted.p12'), 'trusted'];
  const from = ['-importcert', '-noprompt', '-file', certificate, '-keystore', store, '-storepass', password];
  execFileSync('keytool', from, { stdio: 'pipe' });
  return [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${password}`];
}
