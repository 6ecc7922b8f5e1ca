import { imageName } from "../../components/clouds/local/image-name.ts";
import type { Readings } from "../../components/clouds/local/readings.ts";

/** A machine with nothing on it and room for some hosts. */
export const emptyMachine: Readings = {
  podman: { version: "4.3.1", networkBackend: "netavark", missing: [] },
  hosts: [],
  networks: [],
  strangers: [],
  volumes: [],
  memoryAvailable: 64_000,
  memoryUsed: {},
  diskFree: 500_000,
  images: [imageName()],
  inotifyInstances: 128,
  routes: [],
};
