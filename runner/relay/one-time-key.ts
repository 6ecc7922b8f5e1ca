import { ed25519KeyPair } from "../../contract/ssh-key.ts";
import type { KeyPair } from "../../contract/identity.ts";
import type { JobNode } from "../../contract/job.ts";
import { certify } from "../ssh/certificate.ts";

const hour = 3600;

/**
 * A key by which one node can take one artifact from another, and nothing else: the command is in the certificate, the
 * artifact is for everybody to read, and the taker's address and an hour bound it.
 * @param clockAhead Seconds by which the giver's clock is ahead of this machine's: it judges how long the key is good.
 */
export function oneTimeKey(
  artifact: string,
  from: JobNode,
  to: JobNode,
  userCa: KeyPair,
  clockAhead: number,
): { key: string; certificate: string } {
  const pair = ed25519KeyPair("");
  const until = Math.floor(Date.now() / 1000 + Math.max(0, clockAhead)) + hour;
  const certificate = certify(
    {
      kind: "user",
      publicKey: pair.public,
      keyId: `${to.name} takes ${artifact} from ${from.name}`,
      principals: [from.ssh.user],
      // A clock that was never set is behind.
      validAfter: 0n,
      validBefore: BigInt(until),
      only: {
        command: `exec tar --create --file=- --directory=/srv/muster/artifacts/${artifact} .`,
        from: to.view.node.address,
      },
    },
    userCa.private,
  );
  return { key: pair.private, certificate };
}
