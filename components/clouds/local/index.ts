export { LocalCloud, localCloud } from "./local-cloud.ts";
export { takeReadings, type Readings } from "./readings.ts";
