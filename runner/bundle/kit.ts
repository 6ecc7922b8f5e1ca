import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const kitSchema = z.object({
  comment: z.string(),
  /** Which Python's wheels, where a package has several; their compiled parts are dropped anyway. */
  python: z.string(),
  platforms: z.array(z.string()).min(1),
  /** Folders in the unpacked wheels that nodes do not need. */
  drop: z.array(z.string().regex(/^[\w./-]+$/)),
  /**
   * Files with other content. Ansible's list of where plug-ins of old moved to takes a quarter of its start when read in
   * pure Python, and roles here name what is there.
   */
  replace: z.record(z.string().regex(/^[\w./-]+$/), z.string()),
  /** YAML files to be written as JSON, which is YAML, too, and read many times faster. */
  json: z.array(z.string().regex(/^[\w./-]+$/)),
  wheels: z.array(z.object({ name: z.string(), version: z.string(), sha256 })).min(1),
});

/** The Ansible that nodes run: exact wheels by content. */
export type Kit = z.infer<typeof kitSchema>;

const kitLockFile = join(import.meta.dirname, "../../roles/kit.lock.json");

/** @throws ZodError when the lock file is not one. */
export const readKit = (file: string = kitLockFile): Kit => kitSchema.parse(JSON.parse(readFileSync(file, "utf8")));
