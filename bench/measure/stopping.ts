/** Takes away what was made also when the program is told to end half-way. */
export function whenStopped(remove: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      process.stderr.write("taking away what was made\n");
      void remove().finally(() => process.exit(1));
    });
}
