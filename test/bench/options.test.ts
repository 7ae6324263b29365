import { expect } from 'chai';
import type { Benchmark } from '../../bench/benchmark.ts';
import { readRequest, usage } from '../../bench/options.ts';

const named = (name: string, onlyByName = false): Benchmark => ({ name, title: '', onlyByName, run: async () => [] });

const compared = [named('send'), named('fanout')];
const all = [...compared, named('log'), named('soak', true)];
const read = (...args: string[]) => readRequest(args, all, compared);
const chosen = (...args: string[]) => read(...args)?.chosen.map(({ name }) => name);

describe('readRequest', () => {
  it('chooses all that need no name, with peers', () => {
    expect(chosen()).to.deep.equal(['send', 'fanout', 'log']);
    expect(read()?.withPeers).to.equal(true);
  });

  it('chooses what is named, without peers', () => {
    expect(chosen('soak', 'send', '--minutes', '3')).to.deep.equal(['send', 'soak']);
    expect(read('send')).to.include({ withPeers: false, quick: false });
  });

  it('adds peers to what is named, and takes all that have them when only peers are named', () => {
    expect(chosen('peers')).to.deep.equal(['send', 'fanout']);
    expect(chosen('peers', 'fanout')).to.deep.equal(['fanout']);
    expect(read('peers', 'fanout')?.withPeers).to.equal(true);
  });

  it('takes several programs node', () => {
    expect(read('send', '--node', 'a', '--node', 'b')?.nodes).to.deep.equal(['a', 'b']);
  });

  it('says which names and options exist', () => {
    expect(() => read('sned')).to.throw("Unknown benchmark 'sned'. Names: send, fanout, log, soak, peers");
    expect(() => read('--fast')).to.throw(/^Unknown option '--fast'. Options: --quick, .*--against/);
    expect(() => read('--against')).to.throw(/argument missing. Options: /);
    expect(() => read('soak', '--minutes', '0')).to.throw('--minutes needs a number above 0');
  });

  it('has help that names all benchmarks', () => {
    expect(read('--help')).to.equal(undefined);
    expect(usage(all, compared))
      .to.match(/^ {2}soak .*\*$/m)
      .and.include('send, fanout');
  });
});
