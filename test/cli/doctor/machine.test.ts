import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkCertificate, checkDescriptors, checkFolder } from '../../../server/cli/doctor/machine.ts';
import { tempDir } from '../../support/temp-dir.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;

describe('checkFolder', () => {
  it('tells how much room there is, and when it is too little', async () => {
    const dir = await tempDir();
    const withRoom = (bytes: number) => checkFolder('storage.dir', dir, async () => bytes);
    expect(await withRoom(3 * 1024 * MIB)).to.deep.equal({
      check: 'storage.dir',
      state: 'ok',
      text: `3.0 GiB free in ${dir}`,
    });
    expect(await withRoom(100 * MIB)).to.include({ state: 'warning', text: `100 MiB free in ${dir}` });
    expect(await withRoom(MIB)).to.include({ state: 'problem', text: `1 MiB free in ${dir}` });
    expect(await checkFolder('storage.dir', dir))
      .to.have.property('text')
      .that.matches(/^[\d.]+ [GM]iB free in /);
  });

  it('says what keeps this user from writing', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'file'), '');
    expect(await checkFolder('storage.dir', join(dir, 'none'))).to.include({ state: 'skipped' });
    const broken = await checkFolder('storage.dir', dir, async () => {
      throw Object.assign(new Error('x'), { code: 'EIO' });
    });
    expect(broken).to.include({ state: 'problem', text: `${dir}: the disk does not read or write it; check the disk` });
  });
});

describe('checkDescriptors', () => {
  it('warns of a low limit', () => {
    expect(checkDescriptors(65_536)).to.include({ state: 'ok' });
    expect(checkDescriptors(1024)).to.include({ state: 'warning', text: '1024 files and sockets may be open' });
  });
});

describe('checkCertificate', () => {
  it('tells how long it is good, and when its renewal is late', async () => {
    const dir = await tempDir();
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert, '-days', '60', '-subj', '/CN=relay'], {
      stdio: 'ignore',
    });
    const at = async (ms: number) => (await checkCertificate({ cert }, Date.now() + ms)).state;
    expect([await at(0), await at(50 * DAY), await at(61 * DAY)]).to.deep.equal(['ok', 'warning', 'problem']);
    expect(await checkCertificate({ cert: key }, Date.now())).to.include({ state: 'problem' });
  });
});
