// The package as npm would publish it.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from './registry.ts';

const run = promisify(execFile);

/**
 * Packs this checkout into a folder.
 * @param version in place of that of package.json
 * @returns the path of the tarball
 */
export async function packTarball(folder: string, { version }: { readonly version?: string } = {}): Promise<string> {
  // Without the variables of the npm that runs the tests.
  const { HOME = '', PATH = '' } = process.env;
  const pack = ['pack', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: CHECKOUT, env: { HOME, PATH } });
  const [, name = ''] = /"filename": "([^"]+)"/.exec(stdout) ?? [];
  const tarball = join(folder, name);
  return version === undefined ? tarball : withVersion(tarball, folder, version);
}

async function withVersion(tarball: string, folder: string, version: string): Promise<string> {
  const unpacked = await mkdtemp(join(folder, 'unpacked-'));
  await run('tar', ['-xzf', tarball, '-C', unpacked]);
  const file = join(unpacked, 'package', 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...manifest, version }));
  const made = join(folder, `herald-relay-${version}.tgz`);
  await run('tar', ['-czf', made, '-C', unpacked, 'package']);
  await rm(unpacked, { recursive: true });
  return made;
}
