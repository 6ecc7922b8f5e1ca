const LONGEST = 60;

/** Names of fields whose values are never shown, whatever they hold. */
const SECRET = /(secret|password|passwd|passphrase|token|credential|private|sshkey)/i;

/**
 * A value as its user wrote it, short enough for one line of an error. Values of fields with secret-sounding names,
 * keys and long texts are described, never echoed; objects and lists show only their outline.
 */
export function describeFound(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined || value === null) return "nothing";
  if (path.some((step) => typeof step === "string" && SECRET.test(step))) return "a value (not shown)";
  if (typeof value === "string") return describeText(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1" : `a list of ${value.length}`;
  if (typeof value === "object") return describeKeys(Object.keys(value));
  return `a ${typeof value}`;
}

/** The value at a path inside plain data; undefined where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/** `clusters[0].pools.worker.count`; odd keys are quoted. */
export function describePath(prefix: string, path: readonly PropertyKey[]): string {
  let text = prefix;
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]{1,60}$/.test(String(step)))
      text += text === "" || /[.:]$/.test(text) ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step).slice(0, LONGEST))}]`;
  }
  return text;
}

function describeText(text: string): string {
  if (/BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return "a private key (not shown)";
  if (text.includes("\n")) return `a text of ${text.split("\n").length} lines`;
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function describeKeys(keys: string[]): string {
  if (keys.length === 0) return "{}";
  const shown = keys.slice(0, 5).map((key) => key.slice(0, 20));
  return `{ ${shown.join(", ")}${keys.length > shown.length ? ", …" : ""} }`;
}
