import type { UserSpec } from "../spec.ts";
import { isReservedUser, uidOf } from "../users.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { checkKeys, isKeyPath } from "./ssh-keys.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";

/** Reads a small text file; `~` stands for the user's home. Throws an Error with a reason for people. */
export type ReadText = (path: string) => string;

/** The users of a cluster in long form, and what is wrong with them or their keys. */
export function expandUsers(
  config: ClusterConfig,
  readText: ReadText,
): { users: UserSpec[]; mistakes: TaggedMistake[] } {
  const mistakes: TaggedMistake[] = [];
  const refuse = (path: string, found: string, allowed: string, judgedBy = ["users"]) =>
    mistakes.push({ path, found, allowed, judgedBy });
  const users = config.users.map((written, at): UserSpec => {
    const user = typeof written === "string" ? { name: written, sshKeys: [], sudo: false } : written;
    const path = typeof written === "string" ? `users[${at}]` : `users[${at}].name`;
    if (isReservedUser(user.name))
      refuse(path, JSON.stringify(user.name), "a user of the system or of a service; choose another name");
    if (user.name === config.loginUser) {
      refuse(path, JSON.stringify(user.name), "already there as loginUser; choose another name", [
        "users",
        "loginUser",
      ]);
    }
    const sshKeys = user.sshKeys.flatMap((entry, index) =>
      readKeys(entry, readText, (found, allowed) => refuse(`users[${at}].sshKeys[${index}]`, found, allowed)),
    );
    return { ...user, sshKeys };
  });
  for (const { value, at } of repetitions(users.map((user) => user.name))) {
    const path = typeof config.users[at] === "string" ? `users[${at}]` : `users[${at}].name`;
    refuse(path, JSON.stringify(value), "used twice; every user needs a name of its own");
  }
  const unique = users.filter((user, at) => users.findIndex((other) => other.name === user.name) === at);
  for (const { value, at } of repetitions(unique.map(uidOf))) {
    refuse(
      `users[${users.indexOf(unique[at] as UserSpec)}].uid`,
      `${value}, which another user has too`,
      "set a uid of its own, 10000 … 59999",
    );
  }
  if (isReservedUser(config.loginUser)) {
    refuse("loginUser", JSON.stringify(config.loginUser), "a user of the system or of a service; choose another name", [
      "loginUser",
    ]);
  }
  return { users: unique, mistakes };
}

function readKeys(entry: string, readText: ReadText, refuse: (found: string, allowed: string) => void): string[] {
  let text = entry;
  if (isKeyPath(entry)) {
    try {
      text = readText(entry.trim());
    } catch (error) {
      refuse(JSON.stringify(entry), `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }
  return checkKeys(text).flatMap((checked) => {
    if ("key" in checked) return [checked.key];
    refuse(
      isKeyPath(entry) ? `${checked.fault.found} in ${JSON.stringify(entry)}` : checked.fault.found,
      checked.fault.allowed,
    );
    return [];
  });
}
