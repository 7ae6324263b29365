// Real Redis servers and sentinels for tests, each on a free port with its data in a folder of its own. Everything ends
// with the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRedisClient } from '../../../server/backends/redis/client.ts';
import { onCleanup } from '../cleanup.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';
import { type Certificate, createSelfSigned } from '../push-service/self-signed.ts';
import { tempDir } from '../temp-dir.ts';

const HOST = '127.0.0.1';

/** Options of {@link startRedis}. */
export interface RedisOptions {
  /** Lines of redis.conf, such as `{ appendonly: 'yes' }`. By default nothing is written to disk. */
  readonly config?: Readonly<Record<string, string>>;
  /** Password of everybody. */
  readonly password?: string;
  /** Whether it takes TLS only. `clients`: whether it asks for a certificate. */
  readonly tls?: boolean | 'clients';
  /** The server that it copies. */
  readonly replicaOf?: RedisServer;
}

/** One server, or one sentinel. It can die, stand still and come back on the same port with its data. */
export interface RedisServer {
  readonly host: typeof HOST;
  readonly port: number;
  /** For `redis.url`. With a port it is that of a wire in front of the server. */
  url(port?: number): string;
  /** Folder with its data, and with `cert.pem` and `key.pem` if it speaks TLS. */
  readonly dir: string;
  /** Runs one command on a connection of its own, for looking at the data and for `CONFIG SET`. */
  command<T = unknown>(...args: string[]): Promise<T>;
  /** SIGKILL. Resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  stop(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts it again after a kill, with its data. */
  restart(): Promise<void>;
}

interface Plan {
  readonly program: 'redis-server' | 'redis-sentinel';
  readonly port: number;
  readonly dir: string;
  readonly args: readonly string[];
  readonly password: string | undefined;
  /** Its certificate and key, which clients may show as their own. */
  readonly tls: Certificate | undefined;
}

/** A process that answers. */
async function launch(plan: Plan, check: () => Promise<unknown>): Promise<ChildProcess> {
  const child = spawn(plan.program, plan.args, { cwd: plan.dir, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-10_000);
    });
  }
  const waiting = eventually(`${plan.program} answers`, async () => {
    if (child.exitCode !== null) return true;
    return check().then(() => true);
  });
  await waiting.catch(async (error) => {
    await end(child);
    throw error;
  });
  if (child.exitCode !== null) throw new Error(`${plan.program} ended with ${child.exitCode}:\n${output}`);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function run(plan: Plan): Promise<RedisServer> {
  const { port, dir, password, tls } = plan;
  const socket = { host: HOST, port, ...(tls === undefined ? {} : { tls: true as const, ca: tls.cert, ...tls }) };
  const command = async <T>(...args: string[]): Promise<T> => {
    const client = createRedisClient({
      socket: { ...socket, reconnectStrategy: false, connectTimeout: 1000 },
      ...(password === undefined ? {} : { password }),
      disableClientInfo: true,
      maintNotifications: 'disabled',
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.sendCommand<T>(args);
    } finally {
      client.destroy();
    }
  };
  let child = await launch(plan, () => command('PING'));
  // Also one that was started again in another test ends with what it was started for.
  onCleanup(() => end(child));
  return {
    host: HOST,
    port,
    url(at = port) {
      const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
      return `${tls === undefined ? 'redis' : 'rediss'}://${login}${HOST}:${at}`;
    },
    dir,
    command,
    kill: () => end(child),
    stop: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await launch(plan, () => command('PING'));
    },
  };
}

/** Starts a server. Call it in a test or a `beforeEach`. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { config = {}, password, tls, replicaOf } = options;
  const dir = await tempDir();
  let port = await freePort();
  // A node of a cluster also listens 10,000 above, which must be below the ports that systems pick.
  while (config['cluster-enabled'] === 'yes' && port > 20_000) port = await freePort();
  const lines: Record<string, string> = {
    bind: HOST,
    port: String(port),
    dir,
    save: '""',
    'repl-diskless-sync-delay': '0',
    ...config,
  };
  if (password !== undefined) Object.assign(lines, { requirepass: password, masterauth: password });
  if (replicaOf !== undefined) lines['replicaof'] = `${HOST} ${replicaOf.port}`;
  let certificate: Certificate | undefined;
  if (tls !== undefined && tls !== false) {
    certificate = createSelfSigned([HOST, 'localhost']);
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    await Promise.all([writeFile(cert, certificate.cert), writeFile(key, certificate.key)]);
    const files = { 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': cert };
    const clients = tls === 'clients' ? 'yes' : 'no';
    Object.assign(lines, { port: '0', 'tls-port': String(port), 'tls-auth-clients': clients, ...files });
  }
  const file = join(dir, 'redis.conf');
  await writeFile(
    file,
    Object.entries(lines)
      .map(([key, value]) => `${key} ${value}\n`)
      .join(''),
  );
  const server = await run({ program: 'redis-server', port, dir, args: [file], password, tls: certificate });
  if (replicaOf !== undefined) {
    const hasAll = async () => /master_link_status:up/.test(await server.command<string>('INFO', 'replication'));
    await eventually('the replica has everything', hasAll);
  }
  return server;
}

/** Starts a sentinel that watches the master under the name `mymaster`. It decides alone, within a second. */
export async function startSentinel(master: RedisServer, password?: string): Promise<RedisServer> {
  const [dir, port] = [await tempDir(), await freePort()];
  const file = join(dir, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${dir}`,
    `sentinel monitor mymaster ${HOST} ${master.port} 1`,
    'sentinel down-after-milliseconds mymaster 300',
    'sentinel failover-timeout mymaster 3000',
    ...(password === undefined ? [] : [`requirepass ${password}`]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return await run({ program: 'redis-sentinel', port, dir, args: [file], password, tls: undefined });
}
