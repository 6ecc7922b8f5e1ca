import { type ChildProcess, spawn } from "node:child_process";

/** Runs a program on a terminal of its own, of which this program is the other end: told by lines what to do with it. */
const PROGRAM = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
orders = sys.stdin.fileno()
print(pid, flush=True)
reading = [terminal, orders]
while terminal in reading:
    for ready in select.select(reading, [], [])[0]:
        if ready == orders:
            order = os.read(orders, 4096)
            if order == b'': reading.remove(orders)
            elif order.strip() == b'close':
                os.close(terminal)
                reading.remove(terminal)
                break
            else: os.write(terminal, bytes.fromhex(order.decode()))
        else:
            try: part = os.read(terminal, 4096)
            except OSError: part = b'' # the program closed its end
            if part == b'': reading.remove(terminal)
            else: os.write(1, part)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

/** How a person's terminal window looks from the program in it: it can be typed into, and closed. */
export class Terminal {
  /** All that was printed, as the terminal got it. */
  shown = "";
  /** Exit code of the program; negative numbers of signals as 256 less the number. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  constructor(argv: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.#child = spawn("python3", ["-c", PROGRAM, ...argv], {
      ...options,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout?.on("data", (data: Buffer) => void (this.shown += data.toString()));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => resolve(code ?? -1));
    });
  }

  type(text: string): void {
    this.#child.stdin?.write(Buffer.from(text).toString("hex"));
  }

  close(): void {
    this.#child.stdin?.write("close");
  }
}
