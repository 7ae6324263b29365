import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configJsonSchema } from '../../server/config/json-schema.ts';
import { tempDir } from '../support/temp-dir.ts';
import { cli } from './harness.ts';

describe('herald config', () => {
  it('prints file, environment and defaults together, and masks secrets', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'mine.json'), JSON.stringify({ token: 'hunter2', http: { port: 1 } }));
    const { code, stdout } = await cli(['config', '--config', 'mine.json'], {
      cwd,
      env: { HERALD_HTTP__HOST: 'host' },
    });
    expect(code).to.equal(0);
    expect(stdout).not.to.contain('hunter2');
    const shown = JSON.parse(stdout);
    expect(shown.token).to.equal('***');
    expect(shown.http).to.include({ host: 'host', port: 1, waitTimeout: 5000 });
    expect(shown.storage.dir).to.equal(join(cwd, 'data'));
  });

  it('prints the schema, even if the config is invalid', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'config.json'), '{');
    const { code, stdout } = await cli(['config', '--schema'], { cwd });
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal(configJsonSchema());
  });

  it('names everything that is wrong in one message', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'config.json'), '{"http":{"port":"hunter2","x":1}}');
    const { code, stdout, stderr } = await cli(['config'], { cwd, env: { HERALD_NONE: '1' } });
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^herald: The config \(.*config\.json\) has 3 problems:\n/);
    expect(stderr).to.contain('http.port').and.to.contain('http.x').and.to.contain('HERALD_NONE');
    expect(stderr).not.to.contain('hunter2');
    expect((await cli(['config', '--config', 'none.json'], { cwd })).code).to.equal(2);
    expect((await cli(['config', '--config', ''], { cwd })).stderr).to.equal('herald: --config: expected a file\n');
  });

  it('warns about settings of mpush', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'config.json'), '{"fcm":{"serverKey":"k"}}');
    const { code, stdout, stderr } = await cli(['config'], { cwd });
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.have.property('fcm');
    expect(stderr).to.match(/^herald: .*fcm/);
  });
});
