import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const BOILER = { title: '{{.room}} is hot', priority: '5', key: '{{.room}}' };
const FIELDS = { title: 'cellar is hot', body: '', markdown: false, priority: 5, tags: [], key: 'nas/preview/cellar' };
const called = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

describe('the templates of the owner', () => {
  it('are edited beside what they make of the last payload, and saved', async () => {
    const payload = { at: 1, as: 'json', headers: {}, body: { room: 'cellar', token: '…' } };
    const { screen, press, type, calls } = await stage(
      { owner: { payload, preview: { fields: FIELDS, problems: [{ part: 'click', reason: 'no such thing' }] } } },
      '/#templates',
    );
    await screen.findByText('There is no template of your own yet.');
    await press('New template');
    type('Name', 'boiler');
    type('Title', BOILER.title);
    type('Priority', BOILER.priority);
    type('Key', BOILER.key);
    await screen.findByDisplayValue(/"room": "cellar"/);
    await screen.findByText('cellar is hot');
    await screen.findByText('Link: no such thing');
    expect(called(calls('owner'), 'lastPayload')).to.deep.equal([['monitoring']]);
    await waitFor(() =>
      expect(called(calls('owner'), 'previewTemplate').at(-1)).to.deep.equal([BOILER, payload.body, 'monitoring']),
    );
    type('Payload', 'plain words');
    await waitFor(() => expect(called(calls('owner'), 'previewTemplate').at(-1)?.[1]).to.equal('plain words'));
    await press('Save');
    await screen.findByText('Saved. Use it with /hook/KEY/boiler or as=boiler.');
    expect(called(calls('owner'), 'saveTemplate')).to.deep.equal([['boiler', BOILER]]);
    await press('Edit boiler');
    expect(screen.getByLabelText('Name')).to.have.property('disabled', true);
    type('Priority', '');
    await press('Save');
    await waitFor(() =>
      expect(called(calls('owner'), 'saveTemplate').at(-1)).to.deep.equal([
        'boiler',
        { title: BOILER.title, key: BOILER.key },
      ]),
    );
    await press('Remove boiler?');
    await press('Remove');
    await screen.findByText('There is no template of your own yet.');
    expect(called(calls('owner'), 'removeTemplate')).to.deep.equal([['boiler']]);
  });

  it('keep the form open if the relay refuses, and say when there is no payload', async () => {
    const refused = failure('error.invalid', { text: 'title: unexpected end of an action' });
    const { screen, press, type } = await stage({ owner: { failing: { saveTemplate: refused } } }, '/#templates');
    await press('New template');
    await screen.findByText(/Nothing has come with this key yet/);
    type('Name', 'boiler');
    type('Title', '{{.a');
    await press('Save');
    await screen.findByText(/title: unexpected end of an action/);
    expect(screen.getByDisplayValue('{{.a')).to.not.equal(null);
  });

  it('of the config are shown, and only devices that manage the relay see them', async () => {
    const templates = [{ ...BOILER, name: 'boiler', configured: true }];
    const { screen } = await stage({ owner: { templates } }, '/#templates');
    const shown = (await screen.findByText('boiler')).closest('li');
    expect(shown?.textContent).to.contain('From the config').and.contain('{{.room}} is hot');
    expect(shown?.querySelector('button')).to.equal(null);
    const other = await stage({ owner: { manages: false } }, '/#templates');
    await other.screen.findByText('Only a device that manages the relay sees this.');
  });
});
