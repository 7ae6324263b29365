// The list of backends: adding one is adding a folder and one line here. Not here: what a backend must do
// (backend.ts).
import { openEmbedded } from './embedded/index.ts';

/** How each backend is opened, by the name that the configuration uses. */
export const backends = { embedded: openEmbedded } as const;
