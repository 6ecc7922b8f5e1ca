import { connect } from "node:net";
import { runChild } from "../process/children.ts";

/** Whether something at the address takes TCP connections, within `timeoutMs`. */
export async function answersTcp(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/** Fingerprint of the host key that a node shows, also through a bastion; `undefined` when it cannot be learned. */
export async function shownHostKey(sshArgv: readonly string[]): Promise<string | undefined> {
  const probe = await runChild(sshArgv, 15_000);
  return /Server host key: \S+ (SHA256:\S+)/.exec(probe.stderr)?.[1];
}
