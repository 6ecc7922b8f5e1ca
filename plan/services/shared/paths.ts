import { text } from "../../config/fields.ts";

const PATH = "allowed: a folder of its own such as /shared or /projects/lab, of letters, digits, - and _";
const MODE = 'allowed: an octal mode such as "1777" or "0755"';

/** Where every node has something that is shared. */
export const sharedPath = () => text(PATH).regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_-]*)+$/, { error: PATH });

/** Mode of a shared folder when it is made. */
export const folderMode = () => text(MODE).regex(/^[0-7]{3,4}$/, { error: MODE });

/** First folders that a mount would hide. */
const TAKEN =
  "bin boot data dev etc home lib lib32 lib64 libx32 lost+found nfs opt proc root run sbin snap srv sys tmp usr var".split(
    " ",
  );

/** What is wrong with a place for shared files, whatever else is shared. */
export function placeMistake(path: string): string | undefined {
  const [, first = ""] = path.split("/");
  return TAKEN.includes(first)
    ? "a folder of its own such as /shared: this one is the system's, or of Muster's own"
    : undefined;
}

/** Whether one of two paths is the other or lies within it. */
export const overlap = (path: string, other: string): boolean => isWithin(path, other) || isWithin(other, path);

const isWithin = (path: string, other: string): boolean => `${path}/`.startsWith(`${other}/`);
