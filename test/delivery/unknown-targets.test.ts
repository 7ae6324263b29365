import { expect } from 'chai';
import { silentLogger } from '../../server/base/logger.ts';
import { createUnknownTargets } from '../../server/delivery/unknown-targets.ts';
import { fakeClock } from '../support/clock.ts';

function setUp(names: readonly string[], groups: readonly string[] = []) {
  const clock = fakeClock();
  const warnings: (readonly [facts: object, text: string])[] = [];
  const logger = { ...silentLogger, warn: (facts: object, text: string) => void warnings.push([facts, text]) };
  const devices = { list: () => names.map((name) => ({ name })), groups: () => groups };
  return { clock, warnings, unknown: createUnknownTargets({ devices, clock, logger }) };
}

describe('createUnknownTargets', () => {
  it('names the closest device or group', () => {
    const { unknown } = setUp(['kooritea', 'phone'], ['family']);
    expect(unknown('personal', 'koritea')).to.equal('no device is called koritea; did you mean kooritea?');
    expect(unknown('group', 'famliy')).to.equal('no device is in the group famliy; did you mean family?');
  });

  it('says what to do where no name is close', () => {
    const { unknown } = setUp(['phone']);
    expect(unknown('personal', 'desk')).to.equal('no device is called desk; pair one, or run: herald listen desk');
    expect(unknown('group', 'ops')).to.equal('no device is in the group ops');
    expect(setUp([]).unknown('personal', 'desk')).to.equal('no device is known yet; pair one with: herald pair');
  });

  it('warns once a minute for each name, with the closest one', async () => {
    const { unknown, warnings, clock } = setUp(['phone']);
    for (let i = 0; i < 3; i += 1) unknown('personal', 'phon');
    unknown('group', 'phon');
    unknown('personal', 'desk');
    expect(warnings).to.deep.equal([
      [{ device: 'phon', nearest: 'phone' }, 'message to an unknown device'],
      [{ group: 'phon' }, 'message to a group without devices'],
      [{ device: 'desk' }, 'message to an unknown device'],
    ]);
    await clock.tick(60_000);
    unknown('personal', 'phon');
    expect(warnings).to.have.length(4);
  });
});
