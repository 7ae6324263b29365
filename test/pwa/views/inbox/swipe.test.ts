import { expect } from 'chai';
import { message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

/** Moves a finger over the row, from where it is put down. */
function finger(
  window: Window & typeof globalThis,
  steps: readonly (readonly [string, number, number])[],
  type = 'touch',
) {
  const row = window.document.querySelector<HTMLElement>('.row');
  if (row === null) throw new Error('no row');
  row.setPointerCapture = () => {};
  for (const [name, x, y] of steps) {
    const event = new window.MouseEvent(name, { bubbles: true, clientX: x, clientY: y });
    Object.defineProperties(event, { pointerId: { value: 1 }, pointerType: { value: type } });
    row.dispatchEvent(event);
  }
  return row;
}

const setUp = () => stage({ messages: [message({ time: Date.now() - 60_000, title: 'Hello' })] });

describe('a swipe', () => {
  it('to the left deletes the message, and can be undone', async () => {
    const { window, screen, press } = await setUp();
    finger(window, [
      ['pointerdown', 200, 10],
      ['pointermove', 150, 12],
      ['pointermove', 90, 12],
      ['pointerup', 90, 12],
    ]);
    await screen.findByText('Message deleted');
    await waitFor(() => expect(window.document.querySelector('.row')).to.equal(null));
    await press('Undo');
    await waitFor(() => expect(window.document.querySelector('.row')).to.not.equal(null));
  });

  it('to the right pins the message', async () => {
    const { window, calls } = await setUp();
    finger(window, [
      ['pointerdown', 10, 10],
      ['pointermove', 120, 12],
      ['pointerup', 120, 12],
    ]);
    await waitFor(() => expect(calls('setPinned')[0]?.[1]).to.equal(true));
  });

  for (const [what, steps, type] of [
    [
      'that is too short',
      [
        ['pointerdown', 10, 10],
        ['pointermove', 60, 10],
        ['pointerup', 60, 10],
      ],
      'touch',
    ],
    [
      'that is a scroll',
      [
        ['pointerdown', 10, 10],
        ['pointermove', 30, 90],
        ['pointermove', 200, 90],
        ['pointerup', 200, 90],
      ],
      'touch',
    ],
    [
      'that is given up',
      [
        ['pointerdown', 10, 10],
        ['pointermove', 200, 10],
        ['pointercancel', 200, 10],
      ],
      'touch',
    ],
    [
      'of a mouse',
      [
        ['pointerdown', 10, 10],
        ['pointermove', 200, 10],
        ['pointerup', 200, 10],
      ],
      'mouse',
    ],
  ] as const) {
    it(`${what} does nothing`, async () => {
      const { window, calls } = await setUp();
      const row = finger(window, steps, type);
      expect(row.style.transform).to.equal('');
      expect(row.parentElement?.dataset['swipe']).to.equal(undefined);
      expect([calls('setPinned').length, calls('remove').length]).to.deep.equal([0, 0]);
    });
  }

  it('does not open the message when the finger lifts', async () => {
    const { window } = await setUp();
    const row = finger(window, [
      ['pointerdown', 10, 10],
      ['pointermove', 60, 10],
      ['pointerup', 60, 10],
    ]);
    row.querySelector<HTMLElement>('.row-link')?.click();
    expect(window.location.hash).to.equal('');
    row.querySelector<HTMLElement>('.row-link')?.click();
    expect(window.location.hash).to.match(/^#message=/);
  });
});
