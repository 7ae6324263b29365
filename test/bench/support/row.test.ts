import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { Benchmark, Figure, Pace } from '../../../bench/benchmark.ts';
import { type Contender, stepOf } from '../../../bench/contenders/contender.ts';
import { tempDir } from '../../../bench/support/exit.ts';
import { runRow } from '../../../bench/support/row.ts';
import { share } from './figures.ts';

const broken = async () => Promise.reject(new Error('it did not start'));

function contender(name: string): Contender {
  return { name, sends: true, start: broken };
}

function pace(...others: Contender[]): Pace {
  return { rounds: 1, slice: 1, stored: 1, sends: 1, devices: 1, queued: 1, minutes: 1, others };
}

/** Names the systems that it has, and needs the first step of each. */
function benchmark(step: (contender: Contender) => Promise<unknown>): Benchmark {
  return {
    name: 'fanout',
    title: '',
    async run({ others }): Promise<Figure[]> {
      for (const other of others) await stepOf(other, step(other));
      return others.map(({ name }) => ({ ...share, label: name }));
    },
  };
}

describe('runRow', () => {
  it('runs again without a system that fails, and tells its name and reason', async () => {
    const told: string[] = [];
    const row = benchmark(async ({ name }) => name === 'slow' && broken());
    const figures = await runRow(row, pace(contender('slow'), contender('nchan')), (line) => told.push(line));
    expect(figures.map(({ label }) => label)).to.deep.equal(['nchan']);
    expect(told).to.deep.equal(['left out of fanout: slow: it did not start']);
  });

  it('fails when the relay fails', async () => {
    const row = benchmark(() => stepOf(contender('relay'), broken()));
    const error = await runRow(row, pace(contender('nchan')), () => {}).catch(String);
    expect(error).to.include('relay: it did not start');
  });

  it('removes what the benchmark made', async () => {
    let dir = '';
    const row = benchmark(async () => {
      dir = tempDir();
    });
    await runRow(row, pace(contender('nchan')), () => {});
    expect(dir).to.not.equal('');
    expect(existsSync(dir)).to.equal(false);
  });
});
