import { fireEvent } from '@testing-library/preact';
import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { type Stage, stage, waitFor } from '../stage.ts';

const called = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

/** The inbox has some of the same messages. */
const EMPTY = { messages: [] };

/** Opens the message that has failed. */
async function open(screen: Stage['screen']): Promise<void> {
  (await screen.findByText('herald #4711 is live')).closest('details')?.setAttribute('open', '');
}

describe('the activity', () => {
  it('says of each message who sent it and what became of it', async () => {
    const { screen } = await stage(EMPTY, '/#activity');
    const row = (await screen.findByText('Disk almost full on nas-01')).closest('summary');
    expect(row?.textContent).to.contain('monitoring → group ops').and.contain('2 waiting · 2 received');
    const failed = screen.getByText('herald #4711 is live').closest('summary');
    expect(failed?.textContent).to.contain('1 failed');
    expect(screen.getByText('Backup done').closest('summary')?.textContent).to.contain('no name → device pixel');
  });

  it('has each step on the way with its time and its reason', async () => {
    const { screen } = await stage(EMPTY, '/#activity');
    const details = (await screen.findByText('Disk almost full on nas-01')).closest('details');
    const steps = [...(details?.querySelectorAll('.recipient:nth-child(3) .track-step') ?? [])].map((one) =>
      (one.textContent ?? '').replaceAll('\u00a0', ' '),
    );
    expect(steps.slice(1)).to.deep.equal([
      '+2 msSent to the device · open page or program',
      '+2.4 secShown on the device · browser notifications',
      '+34 secReceived · open page or program',
    ]);
    expect(details?.querySelector('.track-reason')?.textContent).to.match(/^HTTP 503/);
    // Of a large group, the relay tells only some. The others have received it.
    const large = (await screen.findByText('herald #4711 is live')).closest('details');
    expect(large?.querySelectorAll('.track-step')).to.have.length(3);
  });

  it('shows older messages when asked, and those that the filters choose', async () => {
    const { screen, press, calls, window } = await stage(EMPTY, '/#activity');
    await screen.findByText('Backup done');
    expect(screen.queryByText('Movie night')).to.equal(null);
    await press('Show older messages');
    const old = (await screen.findByText('Movie night')).closest('summary');
    expect(old?.textContent).to.contain('140 received');
    const fields = window.document.querySelectorAll('.filters input');
    fireEvent.input(fields[0] as Element, { target: { value: 'GitHub Actions' } });
    await waitFor(() => expect(screen.queryByText('Backup done')).to.equal(null));
    await screen.findByText('herald #4711 is live');
    fireEvent.change(window.document.querySelector('.filters select') as Element, { target: { value: 'failed' } });
    await waitFor(() =>
      expect(called(calls('owner'), 'activity').at(-1)?.[0]).to.deep.equal({
        sender: 'GitHub Actions',
        status: 'failed',
      }),
    );
  });

  it('begins with what the address names', async () => {
    const { screen, calls } = await stage({}, '/#activity=a%2Fb');
    await screen.findByText('There is no such message.');
    expect(called(calls('owner'), 'activity')[0]?.[0]).to.deep.equal({ target: 'a/b' });
  });

  it('sends a failed delivery again, and says when it could not', async () => {
    const { press, calls, screen } = await stage(EMPTY, '/#activity');
    await open(screen);
    await press('Send again to deploy-hook');
    await screen.findByText('Sent again to deploy-hook');
    expect(called(calls('owner'), 'sendAgain')[0]?.[1]).to.equal('deploy-hook');
    const failing = { sendAgain: failure('error.unreachable', { server: 'x' }) };
    const other = await stage({ ...EMPTY, owner: { failing } }, '/#activity');
    await open(other.screen);
    await other.press('Send again to deploy-hook');
    await waitFor(() => expect(called(other.calls('owner'), 'sendAgain')).to.have.length(1));
    await waitFor(() => expect(other.ui.toasts.value.map(({ tone }) => tone)).to.deep.equal(['bad']));
  });

  it('is only for devices that manage the relay', async () => {
    const { screen, calls } = await stage({ owner: { manages: false } }, '/#activity');
    await screen.findByText('Only a device that manages the relay sees this.');
    expect(called(calls('owner'), 'activity')).to.deep.equal([]);
  });
});
