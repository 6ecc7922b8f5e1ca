const BYTES: Record<string, number> = {
  M: 2 ** 20,
  MiB: 2 ** 20,
  MB: 1e6,
  G: 2 ** 30,
  GiB: 2 ** 30,
  GB: 1e9,
  T: 2 ** 40,
  TiB: 2 ** 40,
  TB: 1e12,
};

const AMOUNT = /^(\d+(?:\.\d+)?)\s*(M|MiB|MB|G|GiB|GB|T|TiB|TB)$/;

/**
 * Bytes in "512 MiB", "2G" (= 2 GiB) or "4 GB" (decimal, as disks are sold); undefined for anything else.
 * A bare number has no unit and is refused rather than guessed.
 */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit] = AMOUNT.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : BYTES[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** Whole MiB in a text such as "1 GiB", rounded down; undefined when malformed. */
export function parseMebibytes(text: string): number | undefined {
  const bytes = parseBytes(text);
  return bytes === undefined ? undefined : Math.floor(bytes / 2 ** 20);
}

/** Whole GiB in a text such as "1 TiB", rounded down; undefined when malformed. */
export function parseGibibytes(text: string): number | undefined {
  const bytes = parseBytes(text);
  return bytes === undefined ? undefined : Math.floor(bytes / 2 ** 30);
}

/** MiB as a person writes it: "1 GiB", "1536 MiB". */
export function describeMebibytes(mebibytes: number): string {
  return mebibytes % 1024 === 0 && mebibytes > 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}

/** Absolute number in a count or a percentage ("90%", rounded up) of `whole`; undefined when malformed. */
export function parseShare(share: number | string, whole: number): number | undefined {
  if (typeof share === "number") return share;
  const [, percent] = /^(\d{1,3})\s*%$/.exec(share.trim()) ?? [];
  if (percent === undefined || Number(percent) > 100) return undefined;
  return Math.ceil((Number(percent) * whole) / 100);
}
