import { execa } from "execa";

/** The system's own comes last: a person's own Python, first on PATH, may well lack pip. */
const candidates = ["python3", "/usr/bin/python3"];

/** A Python that has pip. @throws Error that says what to install. */
export async function findPython(): Promise<string> {
  for (const python of candidates) {
    const { exitCode } = await execa(python, ["-m", "pip", "--version"], { reject: false, stdin: "ignore" });
    if (exitCode === 0) return python;
  }
  throw new Error("no Python with pip on this machine, needed to fetch what nodes run: apt-get install python3-pip");
}
