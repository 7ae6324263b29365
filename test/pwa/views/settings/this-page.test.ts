import { fireEvent } from '@testing-library/preact';
import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

describe('the storage of the page', () => {
  it('shows how much is used', async () => {
    const { screen } = await stage({}, '/#settings');
    await screen.findByText('18.4 MB of 2 GB used');
  });

  it('imports a file and says how many messages are new', async () => {
    const { screen, calls, window } = await stage({}, '/#settings');
    const field = (await screen.findByLabelText('Import', { selector: 'input' })) as HTMLInputElement;
    const file = new window.File(['{}'], 'herald.json', { type: 'application/json' });
    fireEvent.change(field, { target: { files: [file] } });
    await screen.findByText('12 messages imported');
    expect(calls('importData')).to.deep.equal([[file]]);
  });

  it('says why a file cannot be imported', async () => {
    const { screen, window } = await stage({ failing: { importData: failure('import.not_an_export') } }, '/#settings');
    const field = (await screen.findByLabelText('Import', { selector: 'input' })) as HTMLInputElement;
    fireEvent.change(field, { target: { files: [new window.File(['x'], 'x')] } });
    await screen.findByText('This file is not an export of Herald.');
  });

  it('exports to a file', async () => {
    const { press, calls, window } = await stage({}, '/#settings');
    const urls = { createObjectURL: () => 'blob:x', revokeObjectURL() {} };
    const before = { create: URL.createObjectURL, revoke: URL.revokeObjectURL };
    Object.assign(URL, urls);
    const saved: string[] = [];
    window.HTMLAnchorElement.prototype.click = function click() {
      saved.push(this.download);
    };
    await press('Export');
    await waitFor(() => expect(saved).to.have.length(1));
    expect(saved[0]).to.match(/^herald-\d{4}-\d\d-\d\d\.json$/);
    expect(calls('exportData')).to.have.length(1);
    Object.assign(URL, { createObjectURL: before.create, revokeObjectURL: before.revoke });
  });

  it('offers to install the page when the browser does', async () => {
    const { press, calls } = await stage({ installable: true }, '/#settings');
    await press('Install');
    await waitFor(() => expect(calls('install')).to.have.length(1));
  });

  it('shows what failed when notifications were enabled, and lets a person try again', async () => {
    const why = { key: 'push.service_silent', values: { service: 'fcm.googleapis.com', seconds: 15 } } as const;
    const { screen, press, calls } = await stage({ push: { kind: 'off', why } }, '/#settings');
    await screen.findByText(/push service \(fcm\.googleapis\.com\) did not answer within 15 s/);
    await press('Enable notifications');
    await waitFor(() => expect(calls('enablePush')).to.have.length(1));
  });
});
