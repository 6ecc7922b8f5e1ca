import { z } from "zod";

/** What a user gives as a secret, and a service needs on its nodes. */
export interface NeededCredentials {
  /** Its name in `muster:credentials`. */
  name: string;
  kind: CredentialsKind;
  /** Config path, relative to the cluster, of what names it. */
  path: string;
}

const KEY = "needed: text without spaces";
const ACCOUNT = "needed: the text of a service account's JSON key, with client_email and private_key";

/** Of AWS's credentials file, where a line is a value. */
const key = z.string({ error: KEY }).regex(/^[\x21-\x7e]+$/, { error: KEY });

/** What credentials of each kind consist of. Nothing in a message may repeat what was found. */
export const CREDENTIALS = {
  s3: z.strictObject({ accessKey: key, secretKey: key, sessionToken: key.optional() }),
  gcs: z.strictObject({ serviceAccount: z.string({ error: ACCOUNT }).refine(isAccount, { error: ACCOUNT }) }),
} as const;

export type CredentialsKind = keyof typeof CREDENTIALS;

function isAccount(text: string): boolean {
  const account = z.object({ client_email: z.string().min(1), private_key: z.string().min(1) });
  try {
    return account.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
