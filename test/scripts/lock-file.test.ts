import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

interface Locked {
  packages: Record<string, LockedPackage>;
}

/** Whether the package at this place finds the dependency beside itself or further up, as Node does. */
function isLocked(packages: Locked['packages'], place: string, dependency: string): boolean {
  const path = join(place, 'node_modules', dependency).replaceAll('\\', '/');
  if (Object.hasOwn(packages, path)) return true;
  return (
    place !== '' && isLocked(packages, place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), dependency)
  );
}

// The relay's own, and those of programs that suites of their own play.
for (const folder of ['.', 'test/interop/npm', 'test/packages/node']) {
  describe(join(folder, 'package-lock.json'), () => {
    const read = (name: string) => JSON.parse(readFileSync(join(root, folder, name), 'utf8'));
    const { packages } = read('package-lock.json') as Locked;

    it('has every package that another one asks for, those of other platforms too', () => {
      const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
        Object.keys({ ...dependencies, ...optionalDependencies })
          .filter((dependency) => !isLocked(packages, place, dependency))
          .map((dependency) => `${place}: ${dependency}`),
      );
      // npm ci refuses a lock with gaps, and npm leaves gaps when it adds a package to an installed tree.
      expect(missing).to.deep.equal([]);
    });

    it('has a SHA-512 of every package, those of other platforms too, and names no registry', () => {
      const installed = Object.entries(packages).filter(([place]) => place !== '');
      // No exception: npm drops the digest of a package that it did not download, and then installs whatever it is
      // served.
      expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place)).to.be
        .empty;
      expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).to.be.empty;
    });

    it('names what package.json names', () => {
      const { dependencies, optionalDependencies, devDependencies } = read('package.json');
      const none = { dependencies: undefined, optionalDependencies: undefined, devDependencies: undefined };
      const named = { dependencies, optionalDependencies, devDependencies };
      expect({ ...none, ...packages[''] }).to.deep.include(named);
    });
  });
}
