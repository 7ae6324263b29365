import { expect } from 'chai';
import { changesOf, fieldsOf, settingsOf } from '../../../../pwa/src/model/owner/sender-form.ts';
import type { KeyInfo } from '../../../../shared/api.ts';

const KEY: KeyInfo = {
  name: 'nas',
  number: 2,
  device: 'phone',
  groups: ['home'],
  send: ['phone', 'alert-*'],
  priority: 4,
  tags: ['disk'],
  rate: { perMinute: 60, burst: 120 },
  expires: new Date(2030, 0, 31, 12).getTime(),
  enabled: true,
  signed: true,
  configured: false,
  createdAt: 1,
  lastUse: null,
  sent: 0,
  refused: 0,
  limited: 0,
};

describe('settingsOf', () => {
  it('sets only what a person filled in', () => {
    expect(settingsOf({ ...fieldsOf(), name: 'x', target: ' phone ' })).to.deep.equal({ device: 'phone' });
    expect(settingsOf({ ...fieldsOf(), isGroup: true, target: 'family', groups: 'ignored' })).to.deep.equal({
      group: 'family',
    });
  });

  it('reads lists, numbers and the last day, which counts as a whole', () => {
    const fields = {
      ...fieldsOf(),
      send: 'a, b*，c,, ',
      perMinute: '60',
      priority: '5',
      expires: '2030-01-31',
      secret: ' s ',
      manage: true,
    };
    expect(settingsOf(fields)).to.deep.equal({
      send: ['a', 'b*', 'c'],
      rate: { perMinute: 60, burst: 60 },
      priority: 5,
      expires: new Date(2030, 0, 31, 23, 59, 59).getTime(),
      secret: 's',
      manage: true,
    });
  });

  it('leaves a wrong number to the relay, which says what it expects', () => {
    expect(settingsOf({ ...fieldsOf(), perMinute: '1e3', burst: '-1' })['rate']).to.deep.equal({
      perMinute: '1e3',
      burst: '-1',
    });
  });
});

describe('changesOf', () => {
  it('changes nothing that was left alone, not even the time of the last day', () => {
    expect(changesOf(KEY, fieldsOf(KEY))).to.deep.equal({});
  });

  it('names what changed, and has null for what was taken away', () => {
    const fields = {
      ...fieldsOf(KEY),
      isGroup: true,
      target: 'family',
      groups: '',
      perMinute: '',
      expires: '',
      tags: '',
    };
    expect(changesOf(KEY, fields)).to.deep.equal({
      device: null,
      group: 'family',
      groups: null,
      rate: null,
      expires: null,
      tags: null,
    });
    expect(changesOf(KEY, { ...fieldsOf(KEY), secret: 'new' })).to.deep.equal({ secret: 'new' });
  });
});
