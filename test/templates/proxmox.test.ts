import { expect } from 'chai';
import { told } from './helpers.ts';

const backup = (severity: string, type = 'vzdump') => ({
  title: 'Backup',
  message: 'VM 100  ok ```',
  severity,
  timestamp: 1_764_000_000,
  fields: { type, hostname: 'pve', 'job-id': 'j1' },
});

describe('proxmox', () => {
  it('tells a job that failed, and that it succeeded, with its table as it is', () => {
    const { body, priority, state, tags, key } = told(backup('error'));
    expect([body, priority, state, tags, key]).to.deep.equal([
      '````\nVM 100  ok ```\n````',
      4,
      'firing',
      ['warning', 'vzdump', 'pve'],
      'ops/proxmox/pve/vzdump/j1',
    ]);
    expect(told(backup('info'))).to.deep.include({ state: 'resolved', priority: 3, key });
  });

  it('has no state for news, and takes fields as text', () => {
    expect(told(backup('info', 'package-updates'))).to.deep.include({ state: undefined, priority: 2, key: undefined });
    const given = { ...backup('error'), fields: JSON.stringify(backup('error').fields) };
    expect(told(given).key).to.equal('ops/proxmox/pve/vzdump/j1');
    expect(told({ ...backup('notice'), fields: null })).to.deep.include({ priority: 3, state: undefined });
  });
});
