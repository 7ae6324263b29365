// The model put together: storage, sockets, push and signals behind the one interface that the views know.
import { effect } from '@preact/signals';
import { createActions } from './actions.ts';
import { browserParts } from './browser.ts';
import { createEngine } from './engine.ts';
import type { Model } from './model.ts';
import type { Parts } from './parts.ts';

/** A model that can be ended, which a page never does. */
export interface RunningModel {
  readonly model: Model;
  close(): void;
}

/** Opens the store, connects and reads what is stored. Rejects with an ActionError when nothing can be stored here. */
export async function startModel(parts: Parts): Promise<RunningModel> {
  const engine = await createEngine(parts);
  const model = createActions(engine, parts);
  const stopBadge = effect(() => {
    if (engine.loaded.value) parts.setBadge(engine.inbox.unread.value);
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

/** The model of this page. @param parts what to use in place of the browser's own */
export async function createModel(parts: Partial<Parts> = {}): Promise<Model> {
  return (await startModel({ ...browserParts(), ...parts })).model;
}
