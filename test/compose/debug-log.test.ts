import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { leave } from '../support/leave.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { world } from '../world.ts';

describe('the log at debug', () => {
  it('has a line for each device that connects or leaves, and for each send, without its text', async () => {
    const { logger, lines } = recordingLogger();
    const relay = await world({ logger });
    const told = () => lines.filter(({ level }) => level === 'debug').map(({ text, facts }) => ({ text, ...facts }));
    const phone = await relay.device('phone', { acknowledge: true });
    await eventually('the device is told', () => told().length === 1);
    expect(told()).to.deep.equal([{ text: 'device connected', device: 'phone' }]);
    const { mid } = (await relay.request('/phone.send?text=secret')).json.data;
    expect(told().slice(1)).to.deep.equal([{ text: 'message accepted', mid, target: 'phone', devices: 1 }]);
    await leave(relay, 'phone', phone);
    await eventually('it is told that it left', () => told().length === 3);
    expect(told().slice(2)).to.deep.equal([{ text: 'device disconnected', device: 'phone' }]);
    expect(JSON.stringify(lines)).not.to.include('secret');
  });
});
