import { expect } from 'chai';
import { pythonProgram } from './support/programs.ts';
import { builtRelay, keyTo, onlyMessage } from './support/relay.ts';

describe('apprise', () => {
  const relay = builtRelay();

  it('sends as ntfy', async () => {
    const key = await keyTo(relay(), 'phone');
    const { code, stderr, stdout } = await pythonProgram('apprise', [
      ...['-vv', '-t', 'Disk 磁盘', '-b', '91 % used\nsecond line'],
      `ntfy://${key}@127.0.0.1:${relay().port}/phone?priority=high&tags=warning`,
    ]);
    expect(code, `${stdout}${stderr}`).to.equal(0);
    const { text, desp, extra } = await onlyMessage(relay(), 'phone');
    expect({ text, desp }).to.deep.equal({ text: 'Disk 磁盘', desp: '91 % used\nsecond line' });
    expect(extra).to.deep.include({ priority: 4, tags: ['warning'], markdown: 0 });
  });
});
