/** What the user gave as secrets, by name: each the JSON text of what it consists of. */
export type Credentials = Record<string, string>;

/** The name under which a node's roles find one among its secrets. */
export const secretOf = (name: string): string => `credentials.${name}`;
