// A package registry on this machine. It serves what package-lock.json names for production, from node_modules, so that
// an installation needs no network, and fails if it asks for a package that only developers have.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The checkout that is packed. */
export const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));

interface Locked {
  readonly version: string;
  readonly dev?: boolean;
  readonly integrity?: string;
}

/** A version of a package, with its folder or its tarball. A package of another platform has neither. */
interface Version {
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly os?: readonly string[];
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  readonly tarball?: () => Promise<Buffer>;
}

const nameAt = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The places of node_modules that a production install has, with what the lock file says. */
function production(): [place: string, locked: Locked][] {
  const { packages } = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));
  return Object.entries<Locked>(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
}

/** The names of the packages that a production install may have. */
export function productionNames(): Set<string> {
  return new Set(production().map(([place]) => nameAt(place)));
}

async function packFolder(folder: string): Promise<Buffer> {
  const args = ['-czf', '-', '--exclude=./node_modules', '--transform=s,^[.],package,', '-C', folder, '.'];
  const { stdout } = await promisify(execFile)('tar', args, { encoding: 'buffer', maxBuffer: 2 ** 27 });
  return stdout;
}

/** The dependencies of a package, as far as the checkout has other versions of them than the package asks for. */
function overridden(dependencies: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { overrides } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
  return Object.fromEntries(Object.entries(dependencies).map(([name, range]) => [name, overrides[name] ?? range]));
}

function installed(foreign: readonly string[]): Version[] {
  return production().map(([place, locked]): Version => {
    if (foreign.includes(nameAt(place))) return { manifest: { name: nameAt(place), ...locked, os: ['elsewhere'] } };
    const folder = join(CHECKOUT, place);
    if (!existsSync(folder)) return { manifest: { name: nameAt(place), ...locked } };
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const dependencies = overridden(manifest.dependencies);
    return { manifest: { ...manifest, dependencies }, tarball: () => packFolder(folder) };
  });
}

/** What the registry serves besides: the packed relay, as the version that its package.json names, or as another one. */
export interface PackedRelay {
  readonly tarball: string;
  readonly version?: string;
}

/** A registry that runs. */
export interface Registry {
  readonly url: string;
  /** The paths that were asked for and are not there. */
  readonly missed: readonly string[];
  /** Serves the packed relay from now on. */
  publish(packed: PackedRelay): void;
  close(): void;
}

/** Starts the registry. @param foreign packages that are only for platforms that this machine is not */
export async function startRegistry(foreign: readonly string[] = []): Promise<Registry> {
  const versions = installed(foreign);
  const missed: string[] = [];
  let url = '';

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const [, packageName = '', version] = /^\/([^/]+|@[^/]+\/[^/]+?)(?:\/-\/(.+)\.tgz)?$/.exec(path) ?? [];
    const found = versions.filter(({ manifest }) => manifest.name === packageName);
    const wanted = found.find(({ manifest }) => manifest.version === version);
    if (found.length === 0 || (version !== undefined && wanted?.tarball === undefined)) {
      missed.push(path);
      response.writeHead(404).end('{}');
    } else if (wanted?.tarball !== undefined) {
      response.writeHead(200).end(await wanted.tarball());
    } else {
      const listed = found.map(({ manifest }) => {
        const dist = { tarball: `${url}${packageName}/-/${manifest.version}.tgz` };
        return [manifest.version, { ...manifest, dist }] as const;
      });
      const latest = listed.at(-1)?.[0];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ name: packageName, 'dist-tags': { latest }, versions: Object.fromEntries(listed) }),
      );
    }
  }

  const server = createServer((request, response) => {
    answer(decodeURIComponent(request.url ?? ''), response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    missed,
    publish({ tarball, version }) {
      const own = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
      const manifest = { ...own, version: version ?? own.version };
      versions.push({ manifest, tarball: async () => readFileSync(tarball) });
    },
    close: () => server.close(),
  };
}
