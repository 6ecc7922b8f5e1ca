import { z } from "zod";

/** What a user gives as a secret, and a service needs on its nodes. */
export interface NeededCredentials {
  /** Its name in `muster:credentials`. */
  name: string;
  kind: CredentialsKind;
  /** Config path, relative to the cluster, of what names it. */
  path: string;
  /** The daemon whose nodes alone get it. Default: every node that the service concerns. */
  daemon?: string;
}

const KEY = "needed: text without spaces";
const LINE = "needed: text in one line";
const ADDRESS = "needed: https://…, without a user in it (see token)";
const PLAIN_ADDRESS = "needed: https://… or http://…, without a user in it (see token)";
const ACCOUNT = "needed: the text of a service account's JSON key, with client_email and private_key";

/** Of AWS's credentials file, where a line is a value. */
const key = z.string({ error: KEY }).regex(/^[\x21-\x7e]+$/, { error: KEY });

/** As people have them, with spaces. */
const line = z.string({ error: LINE }).regex(/^[^\p{Cc}]+$/u, { error: LINE });

/** An address that may be a secret as a whole. */
const webhook = (error: string, schemes: readonly string[]) =>
  z.strictObject({
    url: z.string({ error }).refine((text) => isAddress(text, schemes), { error }),
    token: key.optional(),
  });

/** What credentials of each kind consist of. Nothing in a message may repeat what was found. */
export const CREDENTIALS = {
  s3: z.strictObject({ accessKey: key, secretKey: key, sessionToken: key.optional() }),
  gcs: z.strictObject({ serviceAccount: z.string({ error: ACCOUNT }).refine(isAccount, { error: ACCOUNT }) }),
  webhook: webhook(ADDRESS, ["https:"]),
  plainWebhook: webhook(PLAIN_ADDRESS, ["https:", "http:"]),
  smtp: z.strictObject({ username: line, password: line }),
} as const;

export type CredentialsKind = keyof typeof CREDENTIALS;

/** Of each kind the field that is the secret. */
export const SECRET_FIELD: Record<CredentialsKind, string> = {
  s3: "secretKey",
  gcs: "serviceAccount",
  webhook: "url",
  plainWebhook: "url",
  smtp: "password",
};

function isAddress(text: string, schemes: readonly string[]): boolean {
  if (!/^[\x21-\x7e]+$/.test(text) || /["\\]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return schemes.includes(protocol) && username === "" && password === "";
}

function isAccount(text: string): boolean {
  const account = z.object({ client_email: z.string().min(1), private_key: z.string().min(1) });
  try {
    return account.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
