import { expect } from 'chai';
import { told } from './helpers.ts';

describe('readAnything', () => {
  it('finds what people call a title, a text and a link, at the top and in the members that hold it', () => {
    const alert = { alert_name: 'CPU', severity: 'P1', status: 'Open', 'Alert-Id': 'a1', description: 'hot' };
    const { title, body, priority, state, key, click, format } = told({ alert, HTML_URL: 'https://x.example/' });
    expect([title, body, priority, state, key, click, format]).to.deep.equal([
      ...['CPU', 'hot', 5, 'firing', 'ops/json/a1', 'https://x.example/', 'plain'],
    ]);
    expect(told({ text: 'Title', desp: '**bold**' })).to.deep.include({
      title: 'Title',
      body: '**bold**',
      format: 'markdown',
    });
    expect(told({ title: 'T', message: '*m*', format: 'markdown' }).format).to.equal('markdown');
    expect(told({ title: 'T', desp: '*m*', markdown: 0 }).format).to.equal('plain');
  });

  it('lists what has no name that it knows, in short', () => {
    const body = {
      host: 'nas',
      disks: [{ sda: 95 }, { sdb: 12 }],
      deep: { a: { b: { c: 1 } } },
      token: 'x',
      none: null,
    };
    expect(told({ title: 'Disks', ...body }).body).to.equal(
      'host: nas\ndisks:\n  - sda: 95\n  - sdb: 12\ndeep:\n  a:\n    b: …\ntoken: …',
    );
    const many = Object.fromEntries(Array.from({ length: 27 }, (_, index) => [`x${index}`, index]));
    const lines = told(many).body.split('\n');
    expect([lines.length, lines.at(-1)]).to.deep.equal([21, 'and 7 more']);
    expect(told({ a: 'x'.repeat(100_000), b: Array(5000).fill('y'.repeat(400)) }).body.length).to.be.lessThan(2100);
  });

  it('has a state only with a key, and an urgency only of words that it knows', () => {
    expect(told({ title: 'T', status: 'down' })).to.deep.include({ state: undefined, priority: undefined });
    expect(told({ title: 'T', status: 'recovered', key: 7 })).to.deep.include({ state: 'resolved', key: 'ops/json/7' });
    const priorities = [
      { priority: 'urgent' },
      { severity: 'urgent' },
      { priority: '2' },
      { level: 'x' },
      { type: 'failure' },
    ];
    expect(priorities.map((one) => told({ title: 'T', message: 'm', ...one }).priority)).to.deep.equal([
      5,
      4,
      2,
      undefined,
      4,
    ]);
  });

  it('reads the first item of a list, and texts by their lines', () => {
    expect(told([{ title: 'one', message: 'x' }, { title: 'two' }])).to.deep.include({ title: 'one (2)', body: 'x' });
    expect(told('Backup\nDone\nin 4 min')).to.deep.include({
      title: 'Backup',
      body: 'Done\nin 4 min',
      format: 'plain',
    });
    const long = 'x'.repeat(101);
    expect(told(long)).to.deep.include({ title: 'ops', body: long });
  });
});
