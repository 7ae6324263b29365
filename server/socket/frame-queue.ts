// Hands a session one frame at a time. The socket is paused while a frame takes long, so that nothing piles up in memory.

/** What a queue needs. */
export interface FrameQueuePorts {
  /** One frame. A promise means that the next frame must wait for it. */
  receive(text: string | null): void | Promise<void>;
  pause(): void;
  resume(): void;
  /** No frame follows. Called once. */
  ended(): void;
  /** A bug: `receive` or `ended` threw. */
  fault(error: unknown): void;
}

/** One socket's frames in order. */
export interface FrameQueue {
  take(text: string | null): void;
  /** The peer has sent its last frame. Ends when the frames before it are handled, which is mostly at once. */
  finish(): void;
  /** The socket is gone. Ends at once and drops frames that wait. */
  end(): void;
}

/** Creates the queue of one socket. */
export function createFrameQueue({ receive, pause, resume, ended, fault }: FrameQueuePorts): FrameQueue {
  // Frames that arrived before the pause: at most the content of one read from the stream.
  const waiting: (string | null)[] = [];
  let busy = false;
  let isLast = false;
  let isOver = false;

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
    while (!busy && !isOver) {
      const text = waiting.shift();
      if (text === undefined) {
        if (isLast) end();
        resume();
        return;
      }
      run(text);
    }
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    waiting.length = 0;
    try {
      ended();
    } catch (error) {
      fault(error);
    }
  }

  return {
    take(text) {
      if (isOver || isLast) return;
      if (busy) waiting.push(text);
      else run(text);
    },
    finish() {
      isLast = true;
      if (!busy) end();
    },
    end,
  };
}
