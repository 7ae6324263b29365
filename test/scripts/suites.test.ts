import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Suites {
  suites: Record<string, object>;
  suitesOf(paths: string[]): Set<string | undefined>;
}

describe('suites', () => {
  let module: Suites;
  before(async () => {
    module = (await import(join(root, '.scripts', 'suites.mjs'))) as Suites;
  });

  it('each have a command, and a place in .ci/run', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const names = Object.keys(module.suites);
    for (const name of names) expect(scripts[`test:${name}`]).to.equal(`node .scripts/test.mjs --suite=${name}`);
    expect(readFileSync(join(root, '.ci', 'run'), 'utf8')).to.include(`for suite in ${names.join(' ')};`);
  });

  it('have the files of their folders', () => {
    const of = (...paths: string[]) => [...module.suitesOf(paths)];
    expect(of('test/interop', './test/interop/apprise.test.ts')).to.deep.equal(['interop']);
    expect(of('test/config/load.test.ts', 'test/packages/')).to.deep.equal([undefined, 'packages']);
    expect(of('test/interop.test.ts')).to.deep.equal([undefined]);
  });

  it('say which they are when another one is asked for', () => {
    const { status, stderr } = spawnSync(process.execPath, ['.scripts/test.mjs', '--suite=constructor'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).to.equal(1);
    expect(stderr).to.equal('No such suite: constructor. There are interop, packages.\n');
  });
});
