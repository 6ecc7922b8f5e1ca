export { type Bundle, buildBundle } from "./build.ts";
export { bundleHash } from "./sources.ts";
