import { createInterface } from "node:readline/promises";

/** Whether somebody is there to answer. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** One line from the person at the terminal; empty when they close it. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    return (await Promise.race([lines.question(question), closed])).trim();
  } finally {
    lines.close();
  }
}
