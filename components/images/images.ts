import type { Versions } from "./recipe.ts";

/** The images of one cloud. */
export interface Images {
  /** How one with everything installed comes about there. */
  baker(versions: Versions): Promise<Baker>;
  /** All that were baked. */
  list(): Promise<StoredImage[]>;
  /** Removes one by its name. Fails where machines were made of it. */
  remove(name: string): Promise<void>;
}

/** What the baking of one image is on its cloud: everything but Packer. */
export interface Baker {
  /** By content: what it is made of, and how. */
  readonly name: string;
  /** Packer's template, relative to the project. */
  readonly template: string;
  /** What machines are made of, when the image is there; it is there whole or not at all. */
  find(): Promise<string | undefined>;
  /** Does some work while nobody else bakes this image. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Takes away what a build that was cut off left. */
  clear(): Promise<void>;
  /**
   * Sees to what the template builds on, and tells its variables.
   * @param folder For files that Packer needs; it goes with the build.
   */
  prepare(folder: string): Promise<Preparation>;
}

export interface Preparation {
  variables: Record<string, unknown>;
  /** More of Packer's environment. Default none. */
  environment?: Record<string, string>;
}

export interface StoredImage {
  name: string;
  /** ISO time. */
  made: string;
  /** MiB, with what it was made of. */
  size: number;
  /** Made by this state folder. */
  own: boolean;
  /** Names of machines that were made of it. */
  usedBy: string[];
}
