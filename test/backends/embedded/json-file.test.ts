import fs, { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { type JsonStore, openJsonStore } from '../../../server/backends/embedded/json-file.ts';
import { type Logger, silentLogger } from '../../../server/base/logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';

const schema = z.strictObject({ version: z.literal(1), list: z.array(z.number()) });
type Document = z.infer<typeof schema>;

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await tempDir();
  file = join(dir, 'doc.json');
});

function open(logger: Logger = silentLogger): Promise<JsonStore<Document>> {
  return openJsonStore({ file, schema, empty: { version: 1, list: [] }, logger });
}

const add = (item: number) => (value: Document) => ({ ...value, list: [...value.list, item] });
const onDisk = async (path = file) => JSON.parse(await readFile(path, 'utf8')).list;

type Fs = Record<string, (...args: unknown[]) => unknown>;

/** Runs `body` with one function of node:fs/promises replaced: the disk's failures and the order of its calls. */
async function withFs(name: string, replace: (real: Fs[string]) => Fs[string], body: () => Promise<void>) {
  const module = fs as unknown as Fs;
  const real = module[name] as Fs[string];
  module[name] = replace(real as Fs[string]);
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    module[name] = real;
    syncBuiltinESMExports();
  }
}

describe('openJsonStore', () => {
  it('starts with the empty document and makes no file for it', async () => {
    const store = await open();
    expect(store.current()).to.deep.equal({ version: 1, list: [] });
    expect(await readdir(dir)).to.deep.equal([]);
  });

  it('goes on with .bak when the file is damaged, says so, and keeps what was damaged', async () => {
    const store = await open();
    await store.change(add(1));
    await store.change(add(2));
    const good = await readFile(file);
    for (const bad of [
      Buffer.alloc(0),
      good.subarray(0, -5),
      Buffer.alloc(9),
      Buffer.from('{"version":1,"list":["\xff', 'latin1'),
    ]) {
      await writeFile(file, bad);
      const errors: string[] = [];
      const again = await open({ ...silentLogger, error: (_facts, text) => errors.push(text) });
      expect(again.current().list).to.deep.equal([1]);
      expect(errors).to.deep.equal([`${file} is damaged; going on with ${file}.bak`]);
      expect(await onDisk()).to.deep.equal([1]);
      expect(await readFile(`${file}.damaged`)).to.deep.equal(bad);
    }
    await rm(file);
    expect((await open()).current().list).to.deep.equal([1]);
  });

  it('refuses to start when both are damaged, and changes neither', async () => {
    await writeFile(file, '{');
    await writeFile(`${file}.bak`, '');
    const error = await rejection(open());
    expect(error).to.be.instanceOf(DataError);
    expect(error.message).to.equal(
      `${file} is damaged and ${file}.bak is damaged; restore a backup with herald restore, or move both away`,
    );
    expect(await readFile(file, 'utf8')).to.equal('{');
    await rm(`${file}.bak`);
    expect((await rejection(open())).message).to.contain(`${file} is damaged and ${file}.bak is missing`);
  });

  it('refuses JSON of another shape and names file and place', async () => {
    for (const [text, expected] of [
      ['null', /document: /],
      ['[]', /document: /],
      ['{"version":2,"list":[]}', /version: /],
      ['{"version":1,"list":[1,"x"]}', /list\.1: /],
      ['{"version":1,"list":[],"more":1}', /more/],
      [`${'['.repeat(5000)}${']'.repeat(5000)}`, /document: /],
      ['{"__proto__":{"version":1,"list":[]}}', /version: /],
    ] as const) {
      await writeFile(file, text);
      await writeFile(`${file}.bak`, '{"version":1,"list":[]}');
      const error = await rejection(open());
      expect(error, text.slice(0, 40)).to.be.instanceOf(DataError);
      expect(error.message).to.match(expected).and.to.contain(`${file} is not what Herald wrote`);
      expect(error.message).to.not.contain('\n');
      expect(await readFile(file, 'utf8')).to.equal(text);
    }
  });
});

describe('JsonStore.change', () => {
  it('is on disk, for its owner alone, when it resolves; the version before is in .bak', async () => {
    const store = await open();
    await store.change(add(1));
    expect(await onDisk()).to.deep.equal([1]);
    await store.change(add(2));
    expect(await onDisk()).to.deep.equal([1, 2]);
    expect(await onDisk(`${file}.bak`)).to.deep.equal([1]);
    for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777, name).to.equal(0o600);
    expect((await open()).current().list).to.deep.equal([1, 2]);
  });

  it('writes nothing for an unchanged document', async () => {
    const store = await open();
    await store.change((value) => value);
    expect(await readdir(dir)).to.deep.equal([]);
  });

  it('shares a write with what was called for during another, each on disk when it resolves', async () => {
    const store = await open();
    let renames = 0;
    await withFs(
      'rename',
      (real) =>
        (...args) => {
          renames += 1;
          return real?.(...args);
        },
      async () => {
        const items = Array.from({ length: 50 }, (_, index) => index);
        await Promise.all(
          items.map(async (item) => {
            await store.change(add(item));
            expect(await onDisk()).to.include(item);
          }),
        );
      },
    );
    expect(renames).to.equal(2);
    expect(await onDisk())
      .to.deep.equal(store.current().list)
      .and.to.have.length(50);
  });

  it('flushes the new file before its name, and the name before it resolves', async () => {
    const steps: string[] = [];
    const store = await open();
    await store.change(add(1));
    await withFs(
      'open',
      (real) =>
        async (...args) => {
          const handle = (await real?.(...args)) as fs.FileHandle;
          const sync = handle.sync.bind(handle);
          handle.sync = async () => {
            await sync();
            steps.push(`flush ${String(args[0]).slice(dir.length)}`);
          };
          return handle;
        },
      () =>
        withFs(
          'rename',
          (real) =>
            async (...args) => {
              await real?.(...args);
              steps.push(`rename ${args.map((path) => String(path).slice(dir.length)).join(' ')}`);
            },
          async () => {
            await store.change(add(2));
            steps.push('resolved');
          },
        ),
    );
    expect(steps).to.deep.equal(['flush /doc.json.tmp', 'rename /doc.json.tmp /doc.json', 'flush ', 'resolved']);
  });

  it('drops the changes of a failed write, keeps the file, and works again', async () => {
    const store = await open();
    await store.change(add(1));
    await withFs(
      'rename',
      () => () => Promise.reject(new Error('disk full')),
      async () => {
        const results = await Promise.allSettled([store.change(add(2)), store.change(add(3))]);
        expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
      },
    );
    expect(store.current().list).to.deep.equal([1]);
    await store.change(add(4));
    expect(await onDisk()).to.deep.equal([1, 4]);
  });

  it('rejects what a throwing change was made with, and works again', async () => {
    const store = await open();
    const thrown = store.change(() => {
      throw new Error('no');
    });
    expect((await rejection(thrown)).message).to.equal('no');
    await store.change(add(1));
    expect(await onDisk()).to.deep.equal([1]);
  });

  it('keeps the last version by a copy where there are no hard links', async () => {
    const store = await open();
    await store.change(add(1));
    const refused = Object.assign(new Error('no links here'), { code: 'EPERM' });
    await withFs(
      'link',
      () => () => Promise.reject(refused),
      () => store.change(add(2)),
    );
    expect(await onDisk(`${file}.bak`)).to.deep.equal([1]);
  });
});

describe('JsonStore.close', () => {
  it('waits for what is being written and refuses the rest', async () => {
    const store = await open();
    const changes = [store.change(add(1)), store.change(add(2))];
    await store.close();
    expect(await onDisk()).to.deep.equal([1, 2]);
    await Promise.all(changes);
    await rejection(store.change(add(3)));
    expect(await onDisk()).to.deep.equal([1, 2]);
  });
});
