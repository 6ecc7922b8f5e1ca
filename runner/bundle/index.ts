export { type Bundle, buildBundle } from "./build.ts";
