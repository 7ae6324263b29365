// Names that are kept on another machine: whoever holds them is told later, or not at all.
import { expect } from 'chai';
import type { NameHolder, NameHolders } from '../../../server/access/name-holders.ts';
import { RelayError } from '../../../server/base/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { ACCEPTED } from './requests.ts';

interface Far {
  readonly relay: World;
  readonly near: NameHolders;
  /** Holds back what `hold` answers until the returned function is called. */
  hold(): () => void;
  /** Whether no name can be held. */
  isGone: boolean;
}

async function farWorld(): Promise<Far> {
  let waiting: Promise<void> | undefined;
  let near: NameHolders | undefined;
  const relay = await world({
    over({ nameHolders }) {
      near = nameHolders;
      return {
        nameHolders: {
          ...nameHolders,
          async hold(name: string, holder: NameHolder) {
            if (far.isGone) throw new RelayError('unavailable', 'the store cannot be reached');
            await nameHolders.hold(name, holder);
            await waiting;
          },
        },
      };
    },
  });
  if (near === undefined) throw new Error('the relay has no names');
  const far: Far = {
    relay,
    near,
    isGone: false,
    hold() {
      let release = () => {};
      waiting = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
  return far;
}

const auth = (name: string) => ({ cmd: 'AUTH', data: { token: TOKEN, name } });
const elsewhere = (): NameHolder => ({ id: 'elsewhere', taken() {}, removed() {} });

describe('AUTH on names that are kept elsewhere', () => {
  it('is answered when the socket has the name, and then gets the backlog', async () => {
    const { relay, near, hold } = await farWorld();
    const release = hold();
    const socket = await relay.socket();
    socket.send(auth('a'));
    await eventually('the name is held', () => near.here('a'));
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('ready');
    expect(socket.frames).to.deep.equal([]);
    release();
    expect(await socket.next()).to.match(ACCEPTED);
    expect((await socket.packet('MESSAGE')).data.target).to.equal('a');
  });

  it('gives the name up when the socket closes before it has it', async () => {
    const { relay, near, hold } = await farWorld();
    const release = hold();
    const socket = await relay.socket();
    socket.send(auth('a'));
    await eventually('the name is held', () => near.here('a'));
    socket.ws.terminate();
    await socket.closed;
    release();
    await eventually('the name is free', () => near.here('a') === undefined);
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });

  it('closes a socket with 4409 when a socket elsewhere takes the name, also before it was answered', async () => {
    const { relay, near, hold } = await farWorld();
    const device = await relay.device('a');
    await near.hold('a', elsewhere());
    expect((await device.closed).code).to.equal(4409);
    const release = hold();
    const socket = await relay.socket();
    socket.send(auth('a'));
    await eventually('the name is held', () => near.here('a')?.id !== 'elsewhere');
    await near.hold('a', elsewhere());
    release();
    expect((await socket.closed).code).to.equal(4409);
    expect(socket.frames).to.deep.equal([]);
    expect(near.here('a')?.id).to.equal('elsewhere');
  });

  it('is refused while no name can be held, and the socket may ask again', async () => {
    const far = await farWorld();
    far.isGone = true;
    const socket = await far.relay.socket();
    socket.send(auth('a'));
    expect(await socket.next()).to.equal('{"cmd":"INFO","data":"the store cannot be reached"}');
    far.isGone = false;
    socket.send(auth('a'));
    expect(await socket.next()).to.match(ACCEPTED);
  });
});
