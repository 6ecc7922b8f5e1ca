import type { CloudEntry } from "../index.ts";
import { refuseOptions } from "../refuse-options.ts";

export const entry: CloudEntry = {
  async open(options) {
    refuseOptions("local", options);
    return (await import("./local-cloud.ts")).localCloud();
  },

  async observer() {
    const [{ listHosts }, { observedIn }] = await Promise.all([import("./host.ts"), import("./observed.ts")]);
    const hosts = await listHosts();
    return (clusterId) => observedIn(hosts, clusterId);
  },

  async images(options) {
    refuseOptions("local", options);
    return (await import("./images.ts")).localImages;
  },

  async sweeper() {
    return (await import("./sweeper.ts")).localSweeper;
  },
};
