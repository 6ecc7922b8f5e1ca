/** What is wrong with a public key's text; never contains the text. */
export interface KeyFault {
  found: string;
  allowed: string;
}

/** A public key in OpenSSH's one-line form, without options, or what is wrong with it. */
export type CheckedKey = { key: string } | { fault: KeyFault };

const TYPES =
  /^(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;
const ALLOWED = "allowed: a public key: ed25519, ecdsa, or RSA from 2048 bits";
/** Point sizes (bytes) of the NIST curves in uncompressed form. */
const POINTS: Record<string, number> = { nistp256: 65, nistp384: 97, nistp521: 133 };
const LEAST_RSA_BITS = 2048;

/** Whether an entry of `sshKeys` is the path of a key file rather than a key. */
export const isKeyPath = (entry: string): boolean => /^(~|\/)/.test(entry.trim());

/** Every key in a text, as `authorized_keys` and `.pub` files have them: one a line; blank lines and # comments ignored. */
export function checkKeys(text: string): CheckedKey[] {
  if (/BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)) {
    return [
      { fault: { found: "a private key (not shown)", allowed: "give the public half, the file that ends in .pub" } },
    ];
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#")).map(checkKey);
  return keys.length > 0 ? keys : [{ fault: { found: "no key", allowed: ALLOWED } }];
}

function checkKey(line: string): CheckedKey {
  const [type = "", encoded = "", ...comment] = line.split(/\s+/);
  if (type === "ssh-dss") return { fault: { found: "a DSA key", allowed: `too weak; ${ALLOWED}` } };
  if (!TYPES.test(type)) return { fault: { found: "no OpenSSH public key", allowed: ALLOWED } };
  const fields = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? readFields(Buffer.from(encoded, "base64")) : undefined;
  if (fields === undefined || fields[0]?.toString("latin1") !== type) return malformed(type);
  const fault = type === "ssh-rsa" ? rsaFault(fields) : curveFault(type, fields);
  if (fault !== undefined) return { fault };
  // A comment is for people; anything but plain characters could confuse readers of authorized_keys.
  const note = comment
    .join(" ")
    .replace(/[^\x20-\x7e]/g, "")
    .trim();
  return { key: [type, encoded, note].filter((part) => part !== "").join(" ") };
}

const malformed = (type: string): { fault: KeyFault } => ({
  fault: { found: `a malformed ${type} key`, allowed: "copy the whole line again; it may be cut short" },
});

function rsaFault(fields: Buffer[]): KeyFault | undefined {
  const modulus = fields[2];
  if (fields.length !== 3 || modulus === undefined || modulus.length === 0) return malformed("ssh-rsa").fault;
  const bits = BigInt(`0x${modulus.toString("hex")}`).toString(2).length;
  return bits < LEAST_RSA_BITS ? { found: `an RSA key of ${bits} bits`, allowed: `too weak; ${ALLOWED}` } : undefined;
}

function curveFault(type: string, fields: Buffer[]): KeyFault | undefined {
  const curve = type.includes("ecdsa") ? fields[1]?.toString("latin1") : undefined;
  const point = curve === undefined ? fields[1] : fields[2];
  const wanted = curve === undefined ? 32 : POINTS[curve];
  const named = curve === undefined || type.includes(curve);
  return named && wanted !== undefined && point?.length === wanted ? undefined : malformed(type).fault;
}

/** The length-prefixed fields of a key's blob (RFC 4253 §6.6); undefined when they do not add up. */
function readFields(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length ? fields : undefined;
}
