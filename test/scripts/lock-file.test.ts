import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Locked {
  packages: Record<string, { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }>;
}

/** Whether the package at this place finds the dependency beside itself or further up, as Node does. */
function isLocked(packages: Locked['packages'], place: string, dependency: string): boolean {
  const path = join(place, 'node_modules', dependency).replaceAll('\\', '/');
  if (Object.hasOwn(packages, path)) return true;
  return (
    place !== '' && isLocked(packages, place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), dependency)
  );
}

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Locked;

  it('has every package that another one asks for, those of other platforms too', () => {
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((dependency) => !isLocked(packages, place, dependency))
        .map((dependency) => `${place}: ${dependency}`),
    );
    // npm ci refuses a lock with gaps, and npm leaves gaps when it adds a package to an installed tree.
    expect(missing).to.deep.equal([]);
  });

  it('names what package.json names', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(packages['']).to.deep.include({ dependencies, devDependencies });
  });
});
