import { expect } from 'chai';
import { failure, sampleScheduled } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = new Date(2030, 0, 31, 8, 0).getTime();
const BREAD = 'Take the bread out of the oven';

const open = () => stage({ scheduled: sampleScheduled(NOW) }, '/#send');

describe('the upcoming messages', () => {
  it('show their recipient and time, and only recurring ones can skip', async () => {
    const { screen } = await open();
    const section = await screen.findByRole('region', { name: 'Upcoming' });
    expect(section.textContent).to.match(/oven.*pixel · .*Stand-up.*ops · .*again: 0 9 \* \* 1-5/);
    expect(screen.getAllByRole('button', { name: /^Skip next/ })).to.have.length(1);
  });

  it('get another time', async () => {
    const { press, type, calls } = await open();
    await press(`Change time: ${BREAD}`);
    type('Date and time', '2030-01-31T09:30');
    await press('Save');
    const at = new Date(2030, 0, 31, 9, 30).toISOString();
    await waitFor(() => expect(calls('changeScheduled')).to.deep.equal([['home', '1', { at }]]));
  });

  it('get another expression in their own time zone', async () => {
    const { press, type, calls } = await open();
    await press('Change time: Stand-up');
    type(/^Times/, '30 9 * * *');
    await press('Save');
    const time = { cron: '30 9 * * *', tz: 'Europe/Berlin' };
    await waitFor(() => expect(calls('changeScheduled')).to.deep.equal([['home', 'standup', time]]));
  });

  it('keep what was typed, and say why, if the relay refuses the time', async () => {
    const { screen, press } = await stage(
      {
        scheduled: sampleScheduled(NOW),
        failing: { changeScheduled: failure('error.invalid', { text: 'at is in the past' }) },
      },
      '/#send',
    );
    await press(`Change time: ${BREAD}`);
    await press('Save');
    await screen.findByText(/at is in the past/);
  });

  it('are skipped, sent now, and cancelled after a question', async () => {
    const { screen, press, calls } = await open();
    await press('Skip next: Stand-up');
    await press(`Send now: ${BREAD}`);
    await waitFor(() =>
      expect(calls('stepScheduled')).to.deep.equal([
        ['home', 'standup', 'skip'],
        ['home', '1', 'run'],
      ]),
    );
    await press(`Cancel message: ${BREAD}`);
    await press('Cancel message');
    await waitFor(() => expect(screen.queryByText(BREAD)).to.equal(null));
    expect(calls('cancelScheduled')).to.deep.equal([['home', '1']]);
  });
});
