// Statuses of deliveries as the tables have them, from the pages that were read for lanes. The devices acknowledge these
// deliveries soon, and then the tables need not be asked again.

/** Beyond so many, all are forgotten. A change then asks the tables. */
const MAX_KNOWN = 8192;

/** The owner drops or clears whatever changes in the tables. */
export class KnownStatuses {
  /** By device, then by mid. */
  readonly #known = new Map<number, Map<number, number>>();
  #size = 0;

  note(mid: number, device: number, status: number): void {
    if (this.#size === MAX_KNOWN) this.clear();
    let statuses = this.#known.get(device);
    if (statuses === undefined) {
      statuses = new Map();
      this.#known.set(device, statuses);
    }
    if (!statuses.has(mid)) this.#size += 1;
    statuses.set(mid, status);
  }

  find(mid: number, device: number): number | undefined {
    return this.#known.get(device)?.get(mid);
  }

  drop(mid: number, device: number): void {
    const statuses = this.#known.get(device);
    if (statuses?.delete(mid) !== true) return;
    this.#size -= 1;
    if (statuses.size === 0) this.#known.delete(device);
  }

  clear(): void {
    this.#known.clear();
    this.#size = 0;
  }
}
