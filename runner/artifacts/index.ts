export { artifactId, lockedVersions } from "../../artifacts/locks.ts";
export { ensureArtifact, hasArtifact } from "./ensure.ts";
export type { ArtifactPlaces, EnsuredArtifact } from "./ensure.ts";
