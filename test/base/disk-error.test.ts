import { expect } from 'chai';
import { diskErrorOf, diskProblem } from '../../server/base/disk-error.ts';

const withCode = (code: string, cause?: unknown) => Object.assign(new Error('secret path', { cause }), { code });

describe('diskErrorOf', () => {
  it('names the reason and nothing of the error itself', () => {
    const error = withCode('ENOSPC');
    expect(diskErrorOf(error)).to.include({
      code: 'unavailable',
      message: 'the relay cannot store this: the disk is full',
      cause: error,
    });
    expect(diskErrorOf(withCode('EROFS'))?.message).to.equal(
      'the relay cannot store this: the file system or the file is read-only',
    );
  });

  it('knows the longer codes of SQLite, and those of a process without file descriptors', () => {
    for (const code of ['SQLITE_IOERR_READ', 'SQLITE_READONLY_DBMOVED', 'EMFILE', 'EACCES']) {
      expect(diskErrorOf(withCode(code))?.code, code).to.equal('unavailable');
    }
  });

  it('looks at causes', () => {
    expect(diskErrorOf(new Error('commit failed', { cause: withCode('SQLITE_FULL') }))?.code).to.equal('unavailable');
  });

  it('is none for other errors, and for causes in a circle', () => {
    const circle = new Error('a');
    circle.cause = circle;
    for (const error of [withCode('ENOENT'), circle, undefined, null, 'ENOSPC', { code: 'ENOSPC' }]) {
      expect(diskErrorOf(error)).to.equal(undefined);
    }
  });
});

describe('diskProblem', () => {
  const problem = (code: string) => diskProblem(withCode(code));

  it('tells a full and a read-only disk from a damaged file', () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'SQLITE_FULL']) expect(problem(code)).to.match(/disk is full/);
    for (const code of ['EROFS', 'SQLITE_READONLY', 'SQLITE_READONLY_DBMOVED']) {
      expect(problem(code)).to.match(/read-only/);
    }
    for (const code of ['EACCES', 'EPERM']) expect(problem(code)).to.match(/owner and mode/);
    for (const code of ['EIO', 'SQLITE_IOERR_FSYNC']) expect(problem(code)).to.match(/check the disk/);
    for (const code of ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'ENOENT']) expect(problem(code)).to.equal(undefined);
    expect(diskProblem('ENOSPC')).to.equal(undefined);
  });
});
