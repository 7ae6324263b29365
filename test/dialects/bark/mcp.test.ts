import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { makeKey, stored } from '../key-senders.ts';

describe('bark: its tool for agents', () => {
  const relay = sharedWorld();
  let key = '';
  before(async () => {
    key = await makeKey(relay(), { name: 'agent', device: 'phone' });
  });

  async function rpc(path: string, body: unknown, type = 'application/json') {
    return relay().fetch(path, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }
  const call = (id: number, method: string, params?: object) => ({ jsonrpc: '2.0', id, method, params });
  const notify = (given: object) => call(3, 'tools/call', { name: 'notify', arguments: given });

  it('does what an agent asks one after the other', async () => {
    const path = `/mcp/${key}`;
    const first = await rpc(path, call(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {} }));
    expect(first.headers.get('mcp-session-id')).to.match(/^mcp-session-[\w-]{36}$/);
    expect(first.json).to.deep.equal({
      jsonrpc: '2.0',
      id: 1,
      result: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'Bark MCP Server (Specific)', version: '' },
      },
    });
    const noted = await rpc(path, { jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([noted.status, noted.text]).to.deep.equal([202, '']);
    const { tools } = (await rpc(path, call(2, 'tools/list'))).json.result;
    expect(tools[0].name).to.equal('notify');
    expect(tools[0].inputSchema).not.to.have.property('required');
    const sent = await rpc(path, notify({ title: 'T', body: 'B', level: 'critical', isArchive: '1' }));
    expect(sent.json.result).to.deep.equal({ content: [{ type: 'text', text: 'Notification sent successfully' }] });
    const message = await stored(relay(), 'phone');
    expect(message).to.deep.include({ from: 'agent', text: 'T', desp: 'B' });
    expect(message.extra).to.include({ priority: 5, isarchive: '1' });
    expect((await rpc(path, call(4, 'ping'))).json.result).to.deep.equal({});
    expect((await relay().fetch(path, { method: 'DELETE' })).status).to.equal(200);
    expect((await relay().fetch(path)).status).to.equal(405);
  });

  it('takes the key as an argument', async () => {
    const { tools } = (await rpc('/mcp', call(2, 'tools/list'))).json.result;
    expect(tools[0].inputSchema.required).to.deep.equal(['device_key']);
    expect((await rpc('/mcp', notify({ device_key: key, title: 'by argument' }))).json.result).not.to.have.property(
      'isError',
    );
    expect((await stored(relay(), 'phone')).text).to.equal('by argument');
  });

  it('tells failures of a send as results, and others as errors', async () => {
    const failed = async (path: string, given: object) => (await rpc(path, notify(given))).json.result;
    expect(await failed('/mcp', { title: 'T' })).to.deep.equal({
      content: [{ type: 'text', text: 'device_key is required' }],
      isError: true,
    });
    const [{ text }] = (await failed('/mcp/nope', { title: 'T' })).content;
    expect(text).to.equal(
      'Failed to send notification: failed to get device token: failed to get [nope] device token from database',
    );
    expect((await rpc('/mcp', call(1, 'nope'))).json.error.code).to.equal(-32601);
    expect((await rpc('/mcp', call(1, 'tools/call', { name: 'nope' }))).json.error.code).to.equal(-32602);
    expect(
      (await rpc('/mcp', call(1, 'initialize', { protocolVersion: '1999-01-01' }))).json.result.protocolVersion,
    ).to.equal('2025-06-18');
    for (const [body, type] of [
      ['{', 'application/json'],
      ['[]', 'application/json'],
      ['{}', 'text/plain'],
    ] as const) {
      const { status, json } = await rpc('/mcp', body, type);
      expect([status, json.id, json.error.code]).to.deep.equal([400, null, -32700]);
    }
  });
});
