/**
 * Lets a command go on when nobody reads its output any more, as in `./muster up | head -1` or on a terminal that was
 * closed: half-way is no place to stop. Everything else that is wrong with an output is an error as before.
 */
export function outliveReaders(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const closedTerminal = error.code === "EIO" && stream.isTTY;
      if (error.code !== "EPIPE" && !closedTerminal) throw error;
    });
  }
}
