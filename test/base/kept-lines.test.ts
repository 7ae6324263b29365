import { expect } from 'chai';
import { keepLines, type LogLine } from '../../server/base/kept-lines.ts';
import { recordingLogger } from '../support/recording-logger.ts';

describe('keepLines', () => {
  it('logs every line, and tells warnings and errors, those before the first listener too', () => {
    const { logger, lines } = recordingLogger();
    const kept = keepLines(logger);
    const told: LogLine[] = [];
    kept.logger.warn({ device: 'phone' }, 'early');
    kept.onLine((line) => void told.push(line));
    kept.logger.debug({}, 'd');
    kept.logger.info({}, 'i');
    kept.logger.error({ err: new Error('broken', { cause: new Error('the disk') }) }, 'late');
    expect(lines.map(({ level, text }) => `${level} ${text}`)).to.deep.equal([
      'warn early',
      'debug d',
      'info i',
      'error late',
    ]);
    expect(told).to.deep.equal([
      { level: 'warn', text: 'early', facts: { device: 'phone' } },
      { level: 'error', text: 'late', facts: { err: 'broken: the disk' } },
    ]);
  });

  it('makes facts short and plain, whatever they are', () => {
    const kept = keepLines(recordingLogger().logger);
    const told: LogLine[] = [];
    kept.onLine((line) => void told.push(line));
    const round: Record<string, unknown> = {};
    round['self'] = round;
    kept.logger.warn({ long: 'x'.repeat(2000), list: [1, { a: 2 }], none: undefined, nothing: null, round }, 'w');
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, index]));
    kept.logger.warn(many, 'many');
    expect(told[0]?.facts).to.deep.equal({
      long: `${'x'.repeat(500)}…`,
      list: '[1,{"a":2}]',
      nothing: null,
      round: '[object Object]',
    });
    expect(Object.keys(told[1]?.facts ?? {})).to.have.length(20);
  });

  it('goes on if a listener fails', () => {
    const { logger, lines } = recordingLogger();
    const kept = keepLines(logger);
    kept.onLine(() => {
      throw new Error('no');
    });
    kept.logger.warn({}, 'w');
    expect(lines).to.have.length(1);
  });
});
