import { expect } from 'chai';
import { read, told } from './helpers.ts';

const EVENT = { specversion: '1.0', type: 'com.example.backup.failed', source: '/nas', id: '1', subject: 'sda' };

describe('cloudevents', () => {
  it('reads events with their attributes in the body, in headers, and lists of them', () => {
    const whole = told({ ...EVENT, data: { host: 'nas' } });
    const { title, body, state, key } = whole;
    expect([title, body, state, key]).to.deep.equal([
      ...['backup failed: sda', 'host: nas\n\n/nas', 'firing', 'ops/cloudevents//nas/sda'],
    ]);
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': EVENT.type,
      'ce-source': EVENT.source,
      'ce-id': '1',
      'ce-subject': 's%C3%B8',
    };
    expect(told({ title: 'No space' }, headers)).to.deep.include({ title: 'No space', state: 'firing' });
    expect(told('disk full', headers)).to.deep.include({ title: 'backup failed: sø', body: 'disk full\n\n/nas' });
    const list = told([EVENT, { ...EVENT, subject: 'sdb' }], { 'content-type': 'application/cloudevents-batch+json' });
    expect(list).to.deep.include({ title: '2 events', body: 'backup failed: sda – /nas\nbackup failed: sdb – /nas' });
    const bytes = told({ ...EVENT, data_base64: Buffer.from('{"title":"Full"}').toString('base64') });
    expect(bytes.title).to.equal('Full');
  });

  it('has the same identity for a failure and its end', () => {
    const keys = ['failed', 'succeeded', 'started'].map((end) => {
      const { subject: _, ...event } = EVENT;
      return told({ ...event, type: `com.example.backup.${end}` });
    });
    expect(keys.map(({ state }) => state)).to.deep.equal(['firing', 'resolved', undefined]);
    expect(keys.map(({ key }) => key)).to.deep.equal([
      ...Array(2).fill('ops/cloudevents//nas/com.example.backup'),
      undefined,
    ]);
  });

  it('says which event it is, so that it is sent once, and takes what is no event', () => {
    const reading = read(EVENT);
    expect('repeats' in reading && reading.repeats).to.equal('/nas\n1');
    for (const body of [[], [1], {}, 'x', { specversion: 1, type: 2, source: null }]) {
      expect(told(body, { 'content-type': 'application/cloudevents+json' }).title).not.to.equal('');
    }
    expect(told('x', { 'ce-specversion': '1.0', 'ce-type': '%', 'ce-id': '%E0' }).title).to.equal('%');
  });
});
