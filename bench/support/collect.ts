// Preloaded into Node programs: collects garbage on a signal, because garbage hides what a socket or a device holds.
process.on('SIGUSR2', () => globalThis.gc?.());
