// Hands a session one frame at a time. Pauses the socket while the session works on a frame, so that nothing piles up in memory.

/** What a queue needs. */
export interface FrameQueuePorts {
  /** Handles one frame. If it returns a promise, the next frame waits for it. */
  receive(text: string | null): void | Promise<void>;
  pause(): void;
  resume(): void;
  /** Called once, when no more frames follow. */
  ended(): void;
  /** Called when `receive` or `ended` threw, which is a bug. */
  fault(error: unknown): void;
}

/** One socket's frames in order. */
export interface FrameQueue {
  take(text: string | null): void;
  /** The peer has sent its last frame. Ends once all frames are handled, which is usually at once. */
  finish(): void;
  /** The socket is gone. Ends at once and drops waiting frames. */
  end(): void;
}

/** Creates the queue of one socket. */
export function createFrameQueue({ receive, pause, resume, ended, fault }: FrameQueuePorts): FrameQueue {
  // Frames that arrived before the pause took effect. They fit into one read from the stream.
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
