import { z } from "zod";

/**
 * What a cloud's own tool knows of a machine's public host keys: `ssh-ed25519 AAAA…`, or why there are none yet. The tool
 * is asked for many machines at once, and prints one such line of JSON for each.
 */
export const keyReading = z.union([
  z.object({ machine: z.string(), keys: z.array(z.string()).min(1) }),
  z.object({ machine: z.string(), reason: z.string() }),
]);

export type KeyReading = z.infer<typeof keyReading>;
