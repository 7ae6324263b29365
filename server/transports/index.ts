// The list of the transports, one line each. Not here: how one works; each has its folder.
import { webhook } from './webhook/index.ts';

/** Every transport that the relay can start. */
export const transports = [webhook] as const;
