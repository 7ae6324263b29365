// The model put together: storage, sockets, push and signals behind the one interface that the views know.
import { effect } from '@preact/signals';
import { createActions } from './actions.ts';
import { browserPorts } from './browser.ts';
import type { BrowserPorts } from './browser-ports.ts';
import { createEngine } from './engine.ts';
import type { Model } from './model.ts';

/** A model that can be ended, which a page never does. */
export interface RunningModel {
  readonly model: Model;
  close(): void;
}

/** Opens the store, connects and reads what is stored. Rejects with an ActionError when nothing can be stored here. */
export async function startModel(ports: BrowserPorts): Promise<RunningModel> {
  const engine = await createEngine(ports);
  const model = createActions(engine, ports);
  const stopBadge = effect(() => {
    if (engine.loaded.value) ports.setBadge(engine.inbox.unread.value);
  });
  engine.start();
  return {
    model,
    close() {
      stopBadge();
      engine.close();
    },
  };
}

/** The model of this page. @param ports what to use in place of the browser's own */
export async function createModel(ports: Partial<BrowserPorts> = {}): Promise<Model> {
  return (await startModel({ ...browserPorts(), ...ports })).model;
}
