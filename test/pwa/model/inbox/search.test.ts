import { expect } from 'chai';
import { createSearch, type Entry, textOf } from '../../../../pwa/src/model/inbox/search.ts';
import { type Filter, NO_FILTER } from '../../../../pwa/src/model/model.ts';
import { message } from '../../views/samples.ts';

function entry(part: Parameters<typeof message>[0], rawTags?: unknown): Entry {
  const one = message(part);
  return { message: one, text: textOf(one, rawTags), partial: false };
}

const ENTRIES = [
  entry({ time: 4, title: 'Backup finished', sender: 'nas', group: 'ops', read: true }),
  entry({ time: 3, title: 'Café opened', body: 'Größe XL', priority: 4, read: false }),
  entry({ time: 2, title: 'Disk full', sender: 'nas', priority: 5, pinned: true, tags: ['⚠️'] }, ['warning']),
  entry({ time: 1, title: '下载完成', body: '《三体》' }),
];

const found = (change: Partial<Filter>, search = createSearch()) =>
  search(ENTRIES, { ...NO_FILTER, ...change }).map(({ time }) => time);

describe('createSearch', () => {
  const cases: [string, Partial<Filter>, number[]][] = [
    ['nothing', {}, [4, 3, 2, 1]],
    ['words in any order and case', { text: ' FULL disk ' }, [2]],
    ['parts of words', { text: 'ack' }, [4]],
    ['composed and decomposed letters alike', { text: 'cafe\u0301 größe' }, [3]],
    ['Chinese', { text: '三体' }, [1]],
    ['tags by their code', { text: 'warning' }, [2]],
    ['tags as shown', { text: '⚠️' }, [2]],
    ['a sender', { sender: 'nas' }, [4, 2]],
    ['a group', { group: 'ops' }, [4]],
    ['a least priority', { priority: 4 }, [3, 2]],
    ['unread ones', { unreadOnly: true }, [3]],
    ['pinned ones', { pinnedOnly: true }, [2]],
    ['all at once', { text: 'disk', sender: 'nas', priority: 5, pinnedOnly: true }, [2]],
    ['what is not there', { text: 'zebra' }, []],
  ];
  for (const [what, filter, times] of cases) {
    it(`finds ${what}`, () => expect(found(filter)).to.deep.equal(times));
  }

  it('finds more again when the filter gets wider', () => {
    const search = createSearch();
    expect(found({ text: 'disk full' }, search)).to.deep.equal([2]);
    expect(found({ text: 'disk' }, search)).to.deep.equal([2]);
    expect(found({ text: '' }, search)).to.deep.equal([4, 3, 2, 1]);
    expect(found({ sender: 'nas' }, search)).to.deep.equal([4, 2]);
    expect(found({ sender: undefined, group: 'ops' }, search)).to.deep.equal([4]);
  });

  it('returns the same array for the same input', () => {
    const search = createSearch();
    const filter = { ...NO_FILTER, text: 'disk' };
    expect(search(ENTRIES, filter)).to.equal(search(ENTRIES, filter));
  });

  it('searches a new list', () => {
    const search = createSearch();
    const filter = { ...NO_FILTER, text: 'disk' };
    search(ENTRIES, filter);
    const next = [entry({ time: 9, title: 'Another disk' }), ...ENTRIES];
    expect(search(next, filter).map(({ time }) => time)).to.deep.equal([9, 2]);
  });
});
