// Hands a session one frame at a time. The socket is paused while a frame takes long, so that nothing piles up in memory.

/** What a queue drives. */
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
  /** The peer has sent its last frame: ends as soon as the frames before that are handled, mostly at once. */
  finish(): void;
  /** The socket is gone: ends at once. Frames that wait are dropped. */
  end(): void;
}

/** Makes the queue of one socket. */
export function createFrameQueue({ receive, pause, resume, ended, fault }: FrameQueuePorts): FrameQueue {
  // Frames that were read before the socket was paused: at most what one read of the stream held.
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
