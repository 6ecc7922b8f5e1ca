/** Takes away what was made also when the program is told to end half-way. */
export function whenStopped(remove: () => Promise<void>): void {
  let isAtIt = false;
  const stop = (): void => {
    if (isAtIt) return;
    isAtIt = true;
    process.stderr.write("taking away what was made\n");
    void remove()
      .catch((error: unknown) => void process.stderr.write(`could not: ${String(error)}\n`))
      .finally(() => process.exit(1));
  };
  // Not `once`: whoever counts the listeners (execa does) would think that nobody else wants the process to live on.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}
