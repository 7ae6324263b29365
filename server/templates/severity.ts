// Words of severity and of state that programs use.
import type { Priority } from '../../shared/priority.ts';

const SCALE: Readonly<Record<Priority, readonly string[]>> = {
  5: ['critical', 'emergency', 'disaster', 'fatal', 'page', 'blocker', 'p1'],
  4: ['error', 'high', 'major', 'warning', 'warn', 'urgent', 'severe', 'p2'],
  3: ['medium', 'moderate', 'average', 'minor', 'notice', 'unknown', 'p3'],
  2: ['low', 'info', 'information', 'debug', 'none', 'p4', 'p5'],
  1: [],
};

const PRIORITIES: ReadonlyMap<string, Priority> = new Map(
  ([5, 4, 3, 2] as const).flatMap((priority) => SCALE[priority].map((word) => [word, priority] as const)),
);

/** The priority of a word of severity, in any case; undefined for other words. */
export function severityOf(word: string): Priority | undefined {
  return PRIORITIES.get(word.toLowerCase());
}

const FIRING = ['firing', 'alerting', 'triggered', 'open', 'opened', 'down', 'failed', 'failure', 'error', 'critical'];
const RESOLVED = ['resolved', 'ok', 'up', 'recovered', 'closed', 'success', 'succeeded', 'passed', 'normal', 'online'];
const STATES: ReadonlyMap<string, 'firing' | 'resolved'> = new Map([
  ...[...FIRING, 'problem', 'offline', 'unhealthy'].map((word) => [word, 'firing'] as const),
  ...[...RESOLVED, 'healthy', 'completed'].map((word) => [word, 'resolved'] as const),
]);

/** The state that a word says, in any case; undefined for other words. */
export function stateOf(word: string): 'firing' | 'resolved' | undefined {
  return STATES.get(word.toLowerCase());
}
