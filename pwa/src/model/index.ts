// Assembles the model: storage, sockets, push and signals behind one interface.
import { effect } from '@preact/signals';
import { createActions } from './actions.ts';
import { browserPorts } from './browser.ts';
import type { BrowserPorts } from './browser-ports.ts';
import { createEngine } from './engine.ts';
import type { Model } from './model.ts';

/** A model that can be closed. Only tests close it. */
export interface RunningModel {
  readonly model: Model;
  close(): void;
}

/** Opens the store, reads it, and connects. Rejects with an ActionError if the browser allows no storage. */
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

/** Creates the model of this page. @param ports replace those of the browser */
export async function createModel(ports: Partial<BrowserPorts> = {}): Promise<Model> {
  return (await startModel({ ...browserPorts(), ...ports })).model;
}
