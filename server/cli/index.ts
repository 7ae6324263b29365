// The list of the commands, one line each; the first one runs when none is named.
import type { Command } from './command.ts';
import { serve } from './serve.ts';

/** Every command. */
export const commands: readonly [Command, ...Command[]] = [serve];
