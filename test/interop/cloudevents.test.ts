import { expect } from 'chai';
import { python } from './support/programs.ts';
import { arrivedAt, builtRelay, keyTo } from './support/relay.ts';

describe('cloudevents', () => {
  const relay = builtRelay();

  for (const mode of ['binary', 'structured']) {
    it(`sends an event in ${mode} mode, a repeat sends nothing, and the next one resolves it`, async () => {
      const device = `event-${mode}`;
      const key = await keyTo(relay(), device);
      const found = await python(
        `
import datetime, requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
make = to_binary_event if given['mode'] == 'binary' else to_structured_event
def send(kind, id):
    event = CloudEvent(attributes={
        'type': kind, 'source': 'https://nas.example/备份', 'subject': 'sda1', 'id': id, 'specversion': '1.0',
        'time': datetime.datetime(2026, 11, 30, tzinfo=datetime.timezone.utc), 'datacontenttype': 'application/json',
    }, data={'message': 'no space left', 'severity': 'critical'})
    message = make(event)
    return requests.post(given['url'], headers=message.headers, data=message.body).json()
result = [send('com.example.backup.failed', '1'), send('com.example.backup.failed', '1'), send('com.example.backup.succeeded', '2')]
`,
        { mode, url: `http://127.0.0.1:${relay().port}/hook/${key}` },
      );
      const [first, repeated, over] = found;
      expect(first).to.deep.include({ as: 'cloudevents', status: { [device]: 'ready' } });
      expect(repeated).to.deep.equal(first);
      expect(over.mid).not.to.equal(first.mid);
      const [failed, succeeded, ...others] = await arrivedAt(relay(), device);
      expect(others).to.deep.equal([]);
      expect(failed).to.deep.include({
        text: 'backup failed: sda1',
        desp: 'no space left\n\nhttps://nas.example/备份',
      });
      const thread = `${device}/cloudevents/https://nas.example/备份/sda1`;
      expect(failed?.extra).to.deep.include({ priority: 5, state: 'firing', key: thread, tags: ['rotating_light'] });
      expect(succeeded?.text).to.equal('backup succeeded: sda1');
      expect(succeeded?.extra).to.deep.include({ priority: 3, state: 'resolved', key: thread });
    });
  }
});
