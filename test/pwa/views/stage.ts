// The whole app with a fake model in a window of its own, and what tests do with it.
import { act, cleanup, configure, fireEvent, render, waitFor, within } from '@testing-library/preact';
import { h } from 'preact';
import { App } from '../../../pwa/src/views/app.tsx';
import { createUi, type Ui } from '../../../pwa/src/views/ui.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { openPage } from './dom.ts';
import { type FakeModel, type FakeState, fakeModel } from './fake-model.ts';

// A lazy chunk is compiled by the test runner when it is first needed, which takes a busy machine seconds.
configure({ asyncUtilTimeout: 15_000 });

export interface Stage {
  readonly model: FakeModel;
  readonly ui: Ui;
  readonly window: Window & typeof globalThis;
  readonly screen: ReturnType<typeof within>;
  /** Presses the button, link or field with this name. */
  press(name: string | RegExp, role?: string): Promise<void>;
  type(label: string | RegExp, text: string): void;
  key(name: string): void;
  /** What was called of the model, by name. */
  calls(name: keyof FakeModel): readonly (readonly unknown[])[];
}

/** @param path with query and hash */
export async function stage(state: Partial<FakeState> = {}, path = '/'): Promise<Stage> {
  const page = openPage(path);
  const model = fakeModel(state);
  const ui = await createUi(model, page.window);
  onCleanup(async () => {
    // Effects end after the next picture; there is none after the window is gone.
    await act(() => cleanup());
    ui.close();
    page.close();
  });
  const { baseElement } = render(h(App, { ui }), { baseElement: page.window.document.body });
  const screen = within(baseElement as HTMLElement);
  return {
    model,
    ui,
    window: page.window,
    screen,
    press: async (name, role = 'button') => {
      fireEvent.click(await screen.findByRole(role, { name }));
    },
    type: (label, text) => {
      fireEvent.input(screen.getByLabelText(label, { selector: 'input, textarea' }), { target: { value: text } });
    },
    key: (name) => {
      fireEvent.keyDown(page.window.document.activeElement ?? page.window.document.body, { key: name });
    },
    calls: (name) => model.calls.filter(([called]) => called === name).map(([, ...values]) => values),
  };
}

export { waitFor };
