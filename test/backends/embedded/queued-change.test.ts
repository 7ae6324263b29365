import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { type QueuedChange, settleAll } from '../../../server/backends/embedded/queued-change.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const change = (listens: boolean, settle: () => void): QueuedChange => ({
  listens,
  settle,
  needsTables: () => false,
  make: () => undefined,
  reject: () => undefined,
});

describe('settleAll', () => {
  it('tells promises and listeners in the order of the calls', async () => {
    const { logger } = recordingLogger();
    const told: number[] = [];
    const group = [false, true, true, false, true].map((listens, index) => {
      if (listens) return change(true, () => told.push(index));
      let settle = () => {};
      void new Promise<void>((resolve) => {
        settle = resolve;
      }).then(() => told.push(index));
      return change(false, () => settle());
    });
    settleAll(group, logger);
    await turn();
    expect(told).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('logs a listener that throws, and tells the next one', async () => {
    const { logger, lines } = recordingLogger();
    const told: string[] = [];
    const broken = change(true, () => {
      throw new Error('no');
    });
    settleAll([broken, change(true, () => told.push('next'))], logger);
    await turn();
    expect([told, lines.map(({ text }) => text)]).to.deep.equal([['next'], ['listener fault']]);
  });
});
