import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

describe('a form that saves something', () => {
  it('says why it failed, and can be submitted again', async () => {
    const failing = { changeDevice: failure('error.forbidden', { text: 'the name ipad is taken' }) };
    const { press, type, screen, calls } = await stage({ failing }, '/#settings');
    await press('Change name and groups');
    type('Name of this device', 'ipad');
    await press('Save');
    await waitFor(() => expect(screen.getByRole('alert').textContent).to.include('the name ipad is taken'));
    const button = screen.getByRole('button', { name: 'Save' });
    await waitFor(() => expect(button).to.have.property('disabled', false));
    expect(button.getAttribute('aria-busy')).to.equal('false');
    await press('Save');
    await waitFor(() => expect(calls('changeDevice')).to.have.length(2));
  });
});
