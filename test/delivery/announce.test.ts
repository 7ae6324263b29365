import { expect } from 'chai';
import { createAnnounce } from '../../server/delivery/announce.ts';
import type { Device } from '../../server/delivery/device.ts';
import type { Draft } from '../../server/delivery/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { idle } from './fixtures.ts';

const device = (name: string, more: Partial<Device> = {}): Device => ({
  name,
  groups: [],
  routes: { websocket: {} },
  secured: true,
  createdAt: 1,
  ...more,
});

const ANNOUNCEMENT = { about: 'phone', text: 'phone was paired again', desp: 'why' };

describe('createAnnounce', () => {
  it("sends to the owner's devices, except webhooks and the device that it is about", async () => {
    const sent: Draft[] = [];
    const devices = [
      device('phone'),
      device('laptop'),
      device('anyone', { secured: false }),
      device('hook', { routes: { webhook: {} } }),
    ];
    const send = async (draft: Draft) => {
      sent.push(draft);
      return { mid: '1', statuses: new Map() };
    };
    createAnnounce({ devices: { list: () => devices }, send, logger: recordingLogger().logger })(ANNOUNCEMENT);
    await idle();
    expect(sent.map(({ target }) => target)).to.deep.equal(['laptop']);
    expect(sent[0]).to.nested.include({ 'content.title': 'phone was paired again', 'content.body': 'why' });
  });

  it('logs what could not be sent', async () => {
    const { logger, lines } = recordingLogger();
    const send = () => Promise.reject(new Error('disk full'));
    createAnnounce({ devices: { list: () => [device('laptop')] }, send, logger })(ANNOUNCEMENT);
    await idle();
    expect(lines.map(({ level, text }) => `${level}: ${text}`)).to.deep.equal(['error: announcement not sent']);
  });
});
