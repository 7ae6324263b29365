import { expect } from 'chai';
import { createHistory } from '../../../pwa/src/views/history.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { openPage } from './dom.ts';

function open(path: string, first?: Parameters<typeof createHistory>[1]) {
  const page = openPage(path);
  const history = createHistory(page.window, first);
  onCleanup(() => {
    history.close();
    page.close();
  });
  return { history, window: page.window };
}

describe('createHistory', () => {
  it('starts with the route in the address', () => {
    expect(open('/#settings').history.route.value).to.deep.equal({ view: 'settings' });
    expect(open('/').history.route.value).to.deep.equal({ view: 'inbox' });
  });

  it('opens another route first, and removes the query from the address', () => {
    const { history, window } = open('/?title=x', { view: 'send' });
    expect(history.route.value).to.deep.equal({ view: 'send' });
    expect(window.location.href).to.equal('https://push.example.org/#send');
  });

  it('goes back to the previous view', async () => {
    const { history, window } = open('/');
    history.go({ view: 'settings' });
    history.go({ view: 'send' });
    expect(window.location.hash).to.equal('#send');
    history.back();
    await eventually('the settings are open', () => history.route.value.view === 'settings');
    history.back();
    await eventually('the inbox is open', () => history.route.value.view === 'inbox');
  });

  it('goes back to the inbox when there is no previous view', () => {
    const { history, window } = open('/#message=home/7');
    history.back();
    expect(history.route.value).to.deep.equal({ view: 'inbox' });
    expect(window.location.hash).to.equal('');
  });

  it('replaces a route without a new history entry', async () => {
    const { history } = open('/');
    history.go({ view: 'message', accountId: 'home', mid: '1' });
    history.go({ view: 'message', accountId: 'home', mid: '2' }, { replace: true });
    history.back();
    await eventually('the inbox is open', () => history.route.value.view === 'inbox');
  });

  it('adds no history entry for the open route', () => {
    const { history, window } = open('/#send');
    const before = window.history.length;
    history.go({ view: 'send' });
    expect(window.history.length).to.equal(before);
  });

  it('follows links and typed addresses', async () => {
    const { history, window } = open('/');
    window.location.hash = '#settings';
    await eventually('the settings are open', () => history.route.value.view === 'settings');
  });
});
