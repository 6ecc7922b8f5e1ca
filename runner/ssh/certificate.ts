import { randomBytes } from "node:crypto";
import { authorityOf } from "../../contract/certificate-authority.ts";
import { blobOf, pointOf, publicBlob } from "../../contract/ssh-key.ts";
import { sshString, sshUint32, sshUint64, WireReader } from "../../contract/ssh-wire.ts";

const certificateType = "ssh-ed25519-cert-v01@openssh.com";
/** A certificate without an end. */
export const forever = 0xffff_ffff_ffff_ffffn;
const kinds = { user: 1, host: 2 } as const;
/** What an ordinary login may do; without these `ssh` gives neither a terminal nor tunnels. */
const userExtensions = ["permit-agent-forwarding", "permit-port-forwarding", "permit-pty", "permit-user-rc"];

export interface CertificateRequest {
  kind: "user" | "host";
  /** `ssh-ed25519 AAAA…` of whom it is for. */
  publicKey: string;
  /** Shown in sshd's log. */
  keyId: string;
  /** User names, or host names and addresses. */
  principals: string[];
  /** Seconds since the epoch; 0 = always. */
  validAfter: bigint;
  /** Seconds since the epoch; {@link forever} = no end. */
  validBefore: bigint;
  /** A user's: good for this command alone, from this address alone; neither terminal nor tunnels. Default: any login. */
  only?: { command: string; from: string };
}

export interface CertificateContent {
  kind: "user" | "host";
  keyId: string;
  principals: string[];
  validAfter: bigint;
  validBefore: bigint;
  /** Bytes of the certified key and of the CA's key, as in public key files. */
  key: Buffer;
  signedBy: Buffer;
}

/** Signs an OpenSSH certificate (PROTOCOL.certkeys) with a CA's private key; returns the line of a `-cert.pub` file. */
export function certify(request: CertificateRequest, caPrivateKey: string): string {
  const ca = authorityOf(caPrivateKey);
  const { only } = request;
  const extensions = request.kind === "user" && only === undefined ? userExtensions : [];
  // In the order of their names, as the format wants it.
  const critical =
    only === undefined ? [] : [sshOption("force-command", only.command), sshOption("source-address", only.from)];
  const body = Buffer.concat([
    sshString(certificateType),
    sshString(randomBytes(32)),
    sshString(pointOf(request.publicKey)),
    sshUint64(randomBytes(8).readBigUInt64BE()),
    sshUint32(kinds[request.kind]),
    sshString(request.keyId),
    sshString(Buffer.concat(request.principals.map((principal) => sshString(principal)))),
    sshUint64(request.validAfter),
    sshUint64(request.validBefore),
    sshString(Buffer.concat(critical)),
    sshString(Buffer.concat(extensions.flatMap((extension) => [sshString(extension), sshString("")]))),
    sshString(""),
    sshString(ca.blob),
  ]);
  const certificate = Buffer.concat([body, sshString(ca.sign(body))]);
  return `${certificateType} ${certificate.toString("base64")} ${request.keyId}`;
}

/** An option with a value: both strings, the value once more inside one. */
const sshOption = (name: string, value: string): Buffer =>
  Buffer.concat([sshString(name), sshString(sshString(value))]);

/** What a certificate line says; `undefined` when it is not an Ed25519 certificate. The signature is not checked. */
export function readCertificate(line: string): CertificateContent | undefined {
  try {
    const reader = new WireReader(blobOf(line));
    if (reader.string().toString() !== certificateType) return undefined;
    reader.string();
    const key = publicBlob(reader.string());
    reader.uint64();
    const kind = reader.uint32() === kinds.host ? "host" : "user";
    const keyId = reader.string().toString();
    const names = new WireReader(reader.string());
    const principals: string[] = [];
    while (!names.atEnd) principals.push(names.string().toString());
    const validAfter = reader.uint64();
    const validBefore = reader.uint64();
    reader.string();
    reader.string();
    reader.string();
    return { kind, keyId, principals, validAfter, validBefore, key, signedBy: reader.string() };
  } catch {
    return undefined;
  }
}

/** Whether a certificate still does its work: this key, this CA, these names, and valid for at least `seconds` more. */
export function isCurrent(
  line: string,
  key: string,
  caPublicKey: string,
  principals: string[],
  seconds: number,
): boolean {
  const content = readCertificate(line);
  if (content === undefined) return false;
  const until = BigInt(Math.floor(Date.now() / 1000) + seconds);
  return (
    content.key.equals(blobOf(key)) &&
    content.signedBy.equals(blobOf(caPublicKey)) &&
    content.validBefore > until &&
    principals.every((principal) => content.principals.includes(principal))
  );
}
