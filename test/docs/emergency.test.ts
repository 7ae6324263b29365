import { expect } from 'chai';
import { describePage } from '../support/page.ts';
import { type World, world } from '../world.ts';

const stateOf = async (relay: World, receipt: string) => (await relay.request(`/v1/answers/${receipt}`)).json.state;

/** The receipts of the emergencies that the page begins. */
const receipts: string[] = [];

describePage('docs/emergency', {
  relay: async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    await relay.device('tablet', { acknowledge: true, group: 'ops' });
    return relay;
  },
  steps: {
    begin: async ({ play }) => {
      const { status, receipt } = JSON.parse(await play()).data;
      expect(status).to.deep.equal({ phone: 'ok' });
      receipts.push(receipt);
    },
    escalate: async ({ play, relay, variables }) => {
      const { receipt } = JSON.parse(await play()).data;
      receipts.push(receipt);
      variables['RECEIPT'] = receipt;
      const states = await Promise.all(receipts.map((each) => stateOf(relay, each)));
      expect(states).to.deep.equal(['cancelled', 'open']);
    },
    acknowledge: async ({ play, relay, variables }) => {
      expect(JSON.parse(await play())).to.deep.equal({ acknowledged: true });
      expect(await stateOf(relay, variables['RECEIPT'] ?? '')).to.equal('answered');
    },
    ok: async ({ play }) => void expect(JSON.parse(await play()).data).not.to.have.property('receipt'),
  },
});
