// Hands a session one frame at a time. Pauses the socket while the session works on a frame, so that nothing piles up in memory.

/** What a queue needs. */
export interface FrameQueuePorts {
  /** Handles one frame. If it returns a promise, the next frame waits for it. */
  receive(text: string | null): void | Promise<void>;
  pause(): void;
  resume(): void;
  /** Called once, when no more frames follow. */
  conclude(): void;
  /** Called when `receive` or `conclude` threw, which is a bug. */
  fault(error: unknown): void;
}

/** One socket's frames in order. */
export class FrameQueue {
  readonly #ports: FrameQueuePorts;
  /** Frames that arrived before the pause took effect. They fit into one read from the stream. */
  #waiting: (string | null)[] | undefined;
  #isBusy = false;
  #isLast = false;
  #isOver = false;

  constructor(ports: FrameQueuePorts) {
    this.#ports = ports;
  }

  take(text: string | null): void {
    if (this.#isOver || this.#isLast) return;
    if (!this.#isBusy) this.#run(text);
    else if (this.#waiting === undefined) this.#waiting = [text];
    else this.#waiting.push(text);
  }

  /** The peer has sent its last frame. Ends once all frames are handled, which is usually at once. */
  finish(): void {
    this.#isLast = true;
    if (!this.#isBusy) this.end();
  }

  /** The socket is gone. Ends at once and drops waiting frames. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = undefined;
    try {
      this.#ports.conclude();
    } catch (error) {
      this.#ports.fault(error);
    }
  }

  #run(text: string | null): void {
    const ports = this.#ports;
    try {
      const done = ports.receive(text);
      if (done === undefined) return;
      this.#isBusy = true;
      ports.pause();
      done.catch((error: unknown) => ports.fault(error)).finally(() => this.#next());
    } catch (error) {
      ports.fault(error);
    }
  }

  #next(): void {
    this.#isBusy = false;
    while (!this.#isBusy && !this.#isOver) {
      const text = this.#waiting?.shift();
      if (text === undefined) {
        this.#waiting = undefined;
        if (this.#isLast) this.end();
        this.#ports.resume();
        return;
      }
      this.#run(text);
    }
  }
}
