import { expect } from 'chai';
import { createDeliveryTrace } from '../../server/messages/delivery-trace.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';

function setUp() {
  const clock = fakeClock();
  const trace = createDeliveryTrace({ documents: memoryDocuments(clock.now), clock, node: 'a', keptFor: 60_000 });
  const answers = async () =>
    (await trace.answers.read()).map(({ name, transport, kind, reason = '' }) =>
      [name, transport, kind, reason].join(' '),
    );
  return { clock, trace, answers };
}

describe('the trace of deliveries', () => {
  it('has each step with its time, its transport and the reason of a failure', async () => {
    const { clock, trace } = setUp();
    const start = clock.now();
    trace.reached('1', 'phone', 'webpush-wait', 'webpush');
    trace.failed('1', 'phone', 'webpush', 'retry', 'x'.repeat(1000));
    await clock.tick(5);
    trace.reached('1', 'phone', 'ok', undefined);
    expect(await trace.steps.read()).to.deep.equal([
      { mid: '1', device: 'phone', at: start, status: 'webpush-wait', transport: 'webpush' },
      { mid: '1', device: 'phone', at: start, transport: 'webpush', failure: 'retry', reason: 'x'.repeat(300) },
      { mid: '1', device: 'phone', at: start + 5, status: 'ok' },
    ]);
  });

  it('has the answers of webhooks, successes at most every 10 s, and each change', async () => {
    const { clock, trace, answers } = setUp();
    trace.reached('1', 'hook', 'ok', 'webhook');
    trace.reached('2', 'hook', 'ok', 'webhook');
    trace.failed('3', 'hook', 'webhook', 'retry', 'HTTP 500');
    trace.reached('3', 'hook', 'ok', 'webhook');
    trace.reached('4', 'hook', 'ok', 'webhook');
    await clock.tick(10_000);
    trace.reached('5', 'hook', 'ok', 'webhook');
    expect(await answers()).to.deep.equal([
      'hook webhook taken ',
      'hook webhook retry HTTP 500',
      'hook webhook taken ',
      'hook webhook taken ',
    ]);
  });

  it('has of other routes only failures, and the success that ends them', async () => {
    const { trace, answers } = setUp();
    trace.reached('1', 'phone', 'webpush-ok', 'webpush');
    trace.failed('2', 'phone', 'webpush', 'retry', 'HTTP 503');
    trace.reached('2', 'phone', 'webpush-wait', 'webpush');
    trace.reached('2', 'tablet', 'webpush-ok', 'webpush');
    trace.reached('2', 'phone', 'webpush-ok', 'webpush');
    trace.reached('3', 'phone', 'webpush-ok', 'webpush');
    trace.failed('', 'phone', 'webpush', 'gone', 'HTTP 410');
    expect(await answers()).to.deep.equal([
      'phone webpush retry HTTP 503',
      'phone webpush taken ',
      'phone webpush gone HTTP 410',
    ]);
    expect((await trace.steps.read()).map(({ mid }) => mid)).to.not.include('');
  });

  it('has the answers of the servers of apps', async () => {
    const { trace, answers } = setUp();
    trace.reported('1', 'http://127.0.0.1:9');
    trace.reported('1', 'http://127.0.0.1:9', 'ECONNREFUSED');
    trace.reported('1', 'http://127.0.0.1:9');
    expect(await answers()).to.deep.equal(['1 app taken ', '1 app retry ECONNREFUSED', '1 app taken ']);
  });
});
