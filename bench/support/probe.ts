// Preloaded into the relay's own program, so that it can be asked for its CPU time and memory.
import { answerCalls } from './calls.ts';

answerCalls({});
