import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import {
  type AttachmentBounds,
  attachmentOf,
  createAttachments,
} from '../../../server/messages/attachments/attachments.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';

const BOUNDS = { maxSize: 10_000, totalSize: 20_000, perKey: 12_000, maxUploads: 2, ttl: 60_000 };
const OWNER = { kind: 'owner', name: '' } as const;
const PHONE = { kind: 'device', name: 'phone' } as const;

async function harness(over: { dir?: string; bounds?: Partial<AttachmentBounds>; isShared?: boolean } = {}) {
  const dir = over.dir ?? (await tempDir());
  const clock = fakeClock();
  const { logger, lines } = recordingLogger();
  const bounds = { ...BOUNDS, ...over.bounds };
  const attachments = await createAttachments({ dir, bounds, isShared: over.isShared ?? false, clock, logger });
  onCleanup(() => attachments.close());
  const receive = (content: string | Buffer, by: typeof OWNER | typeof PHONE = OWNER, name?: string) =>
    attachments.receive(Readable.from([Buffer.from(content)]), { name, by });
  return { dir, clock, lines, attachments, receive, names: async () => (await readdir(dir)).sort() };
}

describe('createAttachments', () => {
  it('keeps a file with its facts, and reads any part of it', async () => {
    const { dir, clock, attachments, receive, names } = await harness();
    const { file, keep } = await receive('hello', OWNER, 'a.txt');
    keep();
    expect(file).to.include({ name: 'a.txt', type: 'text/plain; charset=utf-8', ending: '.txt', size: 5 });
    expect(file.sha256).to.equal('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    expect(await attachments.find(file.id)).to.deep.equal(file);
    expect(String(await buffer(attachments.read(file.id, 1, 3)))).to.equal('ell');
    expect(await names()).to.deep.equal([file.id, `${file.id}.json`]);
    expect(await readFile(join(dir, file.id), 'utf8')).to.equal('hello');
    expect(attachmentOf(file, 'https://h/x')).to.deep.equal({
      url: `https://h/x/file/${file.id}.txt`,
      name: 'a.txt',
      type: 'text/plain; charset=utf-8',
      size: 5,
      expires: Math.floor((clock.now() + BOUNDS.ttl) / 1000),
    });
  });

  it('finds the files of an earlier run', async () => {
    const { dir, receive } = await harness();
    const { file } = await receive('hello');
    const { attachments } = await harness({ dir });
    expect(await attachments.find(file.id)).to.deep.equal(file);
  });

  it('removes the file of a message that was refused, and keeps that of one that was sent', async () => {
    const { attachments, receive } = await harness();
    const [refused, sent] = [await receive('a'), await receive('b')];
    sent.keep();
    await Promise.all([refused.discard(), sent.discard()]);
    expect(await attachments.find(refused.file.id)).to.equal(undefined);
    expect(await attachments.find(sent.file.id)).to.not.equal(undefined);
  });

  it('leaves nothing of a file that is too large, or that ends early', async () => {
    const { attachments, receive, names } = await harness();
    expect(await rejection(receive('x'.repeat(10_001)))).to.include({ code: 'too_large' });
    const source = new PassThrough();
    const received = rejection(attachments.receive(source, { name: undefined, by: OWNER }));
    source.write('begin');
    source.destroy(new Error('gone'));
    expect(await received).to.include({ message: 'gone' });
    expect(await names()).to.deep.equal([]);
  });

  it('takes an empty file', async () => {
    const { receive } = await harness();
    expect((await receive('')).file).to.include({ size: 0, name: 'attachment' });
  });

  it('takes two files at once, lets two wait, and refuses the fifth', async () => {
    const { attachments } = await harness();
    const sources = Array.from({ length: 4 }, () => new PassThrough());
    const running = sources.map((source) => attachments.receive(source, { name: 'a', by: OWNER }));
    const fifth = new PassThrough();
    const error = await rejection(attachments.receive(fifth, { name: 'a', by: OWNER }));
    expect(error).to.include({ code: 'unavailable', retryAfter: 5 });
    expect(fifth.destroyed).to.equal(true);
    for (const source of sources) source.end('x');
    expect(await Promise.all(running)).to.have.length(4);
  });

  it('removes the oldest files when the total is reached, and says so', async () => {
    const { clock, attachments, receive, lines } = await harness();
    const first = await receive('x'.repeat(9000));
    clock.step(1);
    const second = await receive('x'.repeat(9000));
    clock.step(1);
    const third = await receive('x'.repeat(9000));
    const found = await Promise.all([first, second, third].map(({ file }) => attachments.find(file.id)));
    expect(found.map((file) => file !== undefined)).to.deep.equal([false, true, true]);
    expect(lines.filter(({ level }) => level === 'warn')).to.have.length(1);
  });

  it('counts tiny files as blocks of the disk', async () => {
    const { clock, attachments, receive } = await harness();
    const files = [];
    for (let count = 0; count < 6; count += 1) {
      files.push((await receive('x')).file);
      clock.step(1);
    }
    const found = await Promise.all(files.map(({ id }) => attachments.find(id)));
    expect(found.filter((file) => file !== undefined)).to.have.length(4);
  });

  it('bounds what one device has stored, but not the owner', async () => {
    const { receive } = await harness();
    await receive('x'.repeat(9000), PHONE);
    expect(await rejection(receive('x'.repeat(9000), PHONE))).to.include({ code: 'too_large' });
    await receive('x'.repeat(9000));
    await receive('x'.repeat(9000));
  });

  it('forgets files when they expire', async () => {
    const { clock, attachments, receive, names } = await harness();
    attachments.start();
    const { file } = await receive('x');
    await clock.tick(60_000);
    expect(await attachments.find(file.id)).to.equal(undefined);
    await attachments.close();
    expect(await names()).to.deep.equal([]);
  });

  it('removes what a crash has left, but nothing that may be on its way', async () => {
    const dir = await tempDir();
    const [old, fresh, lone] = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    const left = [`${old}.part`, `${fresh}.part`, `${old}.json`, `${lone}`];
    for (const name of [...left, 'other.txt']) await writeFile(join(dir, name), '{}');
    for (const name of [`${old}.part`, `${old}.json`]) await utimes(join(dir, name), 1, 1);
    const { names } = await harness({ dir });
    expect(await names(), 'a file without facts is none').to.deep.equal([`${fresh}.part`, 'other.txt']);
  });

  it('sees the files of other nodes in a shared folder', async () => {
    const one = await harness({ isShared: true });
    const other = await harness({ dir: one.dir, isShared: true });
    const { file } = await one.receive('x'.repeat(9000), PHONE);
    expect(await other.attachments.find(file.id)).to.deep.equal(file);
    expect(await rejection(other.receive('x'.repeat(9000), PHONE))).to.include({ code: 'too_large' });
    await one.attachments.remove(file.id);
    expect(await other.attachments.find(file.id)).to.equal(undefined);
    await other.receive('x'.repeat(9000), PHONE);
  });

  it('tells that the disk is full, and leaves nothing', async () => {
    const { attachments, names } = await harness();
    const source = new PassThrough();
    const received = rejection(attachments.receive(source, { name: 'a', by: OWNER }));
    source.destroy(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    expect(await received).to.include({
      code: 'unavailable',
      message: 'the relay cannot store this: the disk is full',
    });
    expect(await names()).to.deep.equal([]);
  });
});
