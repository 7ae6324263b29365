// Hands a session one frame at a time; the socket is paused while a frame takes long, so that nothing piles up in memory.

/** What an intake drives. */
export interface IntakePorts {
  /** One frame; a promise means that the next frame must wait for it. */
  receive(text: string | null): void | Promise<void>;
  pause(): void;
  resume(): void;
  /** A bug: `receive` threw. */
  fault(error: unknown): void;
}

/** One socket's frames in order. */
export interface Intake {
  take(text: string | null): void;
  /** The socket is gone; frames that wait are dropped. */
  end(): void;
}

/** Makes the intake of one socket. */
export function createIntake({ receive, pause, resume, fault }: IntakePorts): Intake {
  // Frames that were already read when the socket was paused; at most what one read of the stream held.
  const waiting: (string | null)[] = [];
  let busy = false;
  let ended = false;

  function run(text: string | null): void {
    try {
      const done = receive(text);
      if (done === undefined) return;
      busy = true;
      pause();
      done.catch(fault).finally(next);
    } catch (error) {
      fault(error);
    }
  }

  function next(): void {
    busy = false;
    while (!busy && !ended) {
      const text = waiting.shift();
      if (text === undefined) {
        resume();
        return;
      }
      run(text);
    }
  }

  return {
    take(text) {
      if (ended) return;
      if (busy) waiting.push(text);
      else run(text);
    },
    end() {
      ended = true;
      waiting.length = 0;
    },
  };
}
