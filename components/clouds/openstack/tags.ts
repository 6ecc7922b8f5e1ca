import { stateId } from "../../../contract/folders.ts";
import { TAG } from "../tags.ts";

/** Everything of ours has it, so that one question finds all. */
export const OURS = "muster";

/** Longest tag that Nova takes. */
const LONGEST_TAG = 60;

/** `key=value`, the form that marks have where a cloud knows bare words only. */
const tag = (key: string, value: string): string => `${key}=${value}`;

/** Longest id of a cluster that fits into a tag. */
export const LONGEST_ID = LONGEST_TAG - tag(TAG.cluster, "").length;

/** Tags of everything that is made for a cluster; none of them ever changes. */
export const tagsOf = (clusterId: string, uid: string): string[] => [
  OURS,
  tag(TAG.cluster, clusterId),
  tag(TAG.uid, uid),
  tag(TAG.state, stateId()),
];

/** The value of a mark among tags; undefined where there is none. */
export function valueIn(tags: readonly string[], key: string): string | undefined {
  const prefix = tag(key, "");
  return tags.find((one) => one.startsWith(prefix))?.slice(prefix.length);
}

/*
 * Server groups and key pairs have neither tags nor metadata: their names say whose they are. Networks and the like get
 * their tags by a second request: their descriptions say it from the first on. Key pairs' names take spaces but no dots,
 * and ids of clusters have dots but no spaces.
 */

/** Name, or description, of a thing that cannot be tagged when it is made. `part`: what it is for within its cluster, a word. */
export const markedName = (clusterId: string, part: string): string =>
  [OURS, stateId(), ...clusterId.split("."), part].join(" ");

/** What such a name says; undefined for names of others. */
export function marksIn(name: string): { clusterId: string; state: string; part: string } | undefined {
  const [ours, state, ...words] = name.split(" ");
  const part = words.pop();
  if (ours !== OURS || state === undefined || part === undefined || words.length < 3) return undefined;
  return { clusterId: words.join("."), state, part };
}

/** Description of a rule that is ours. */
export const markedPurpose = (purpose: string): string => `${OURS}: ${purpose}`.slice(0, 255);

/** Whether a rule is ours: others may have put theirs into our groups. */
export const isMarkedPurpose = (description: string | null | undefined): boolean =>
  description?.startsWith(`${OURS}: `) ?? false;

/** Something of the cloud that may carry marks. */
export interface Tagged {
  id: string;
  name: string;
  tags: readonly string[];
  description?: string | null | undefined;
}

/** Whose a thing is, by its tags, or by its description while it has none yet. */
export function ownerOf({ tags, description }: Tagged): { clusterId: string; state: string | undefined } | undefined {
  const clusterId = tags.includes(OURS) ? valueIn(tags, TAG.cluster) : undefined;
  return clusterId === undefined ? marksIn(description ?? "") : { clusterId, state: valueIn(tags, TAG.state) };
}
