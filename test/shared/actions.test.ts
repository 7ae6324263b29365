import { expect } from 'chai';
import { readActions } from '../../shared/actions.ts';

describe('readActions', () => {
  it('reads links, copies and requests', () => {
    const open = { action: 'open', label: 'Look', url: 'https://example.org/' };
    const copy = { action: 'copy', label: 'Code', text: 123_456 };
    const http = {
      action: 'http',
      label: 'Off',
      url: 'https://example.org/off',
      method: 'put',
      headers: { 'X-Key': 'a', 'bad name': 'b', nested: {}, split: 'a\r\nb' },
      body: { state: 0 },
    };
    expect(readActions([open, copy, http])).to.deep.equal([
      { kind: 'open', label: 'Look', url: 'https://example.org/' },
      { kind: 'copy', label: 'Code', text: '123456' },
      {
        kind: 'http',
        label: 'Off',
        url: 'https://example.org/off',
        method: 'PUT',
        headers: { 'X-Key': 'a', nested: '' },
        body: '{"state":0}',
      },
    ]);
  });

  it("takes ntfy's words, JSON text, and a single action", () => {
    expect(readActions('{"action":"view","url":"weixin://x"}')).to.deep.equal([
      { kind: 'open', label: 'x', url: 'weixin://x' },
    ]);
    expect(readActions('[{"action":"http","url":"https://example.org/a"}]')).to.deep.equal([
      { kind: 'http', label: 'example.org', url: 'https://example.org/a', method: 'POST', headers: {} },
    ]);
  });

  it('keeps the first three that can be used', () => {
    const urls = [
      'javascript:1',
      'https://a.example',
      'https://b.example',
      'data:,',
      'https://c.example',
      'https://d.example',
    ];
    const actions = readActions(urls.map((url) => ({ action: 'open', label: url, url })));
    expect(actions.map(({ label }) => label)).to.deep.equal([
      'https://a.example',
      'https://b.example',
      'https://c.example',
    ]);
  });

  it('leaves out what it cannot use', () => {
    const url = 'https://example.org/';
    for (const value of [
      { action: 'http', url: 'ftp://example.org' },
      { action: 'http', url, method: 'CONNECT' },
      { action: 'http', url, method: 'GET\r\nX: y' },
      { action: 'copy', text: '' },
      { action: 'broadcast', url },
      { url },
      'view, Label, https://example.org',
      JSON.parse('{"__proto__":{"action":"open","url":"https://example.org"}}'),
      [[{ action: 'open', url }]],
    ]) {
      expect(readActions(value), JSON.stringify(value)).to.deep.equal([]);
    }
  });

  it('sends no body where none is allowed', () => {
    const [action] = readActions({ action: 'http', url: 'https://example.org/', method: 'GET', body: 'x' });
    expect(action).to.not.have.property('body');
  });
});
