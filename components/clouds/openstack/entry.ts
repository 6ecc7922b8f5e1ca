import type { CloudEntry } from "../index.ts";
import type { OpenStackOptionsInput } from "./options.ts";

export const entry: CloudEntry = {
  async open(options) {
    const { openstackCloud } = await import("./open.ts");
    return openstackCloud(options as OpenStackOptionsInput);
  },

  async observer(options) {
    const [api, { observedIn }, { OURS }] = await Promise.all([
      ask(options),
      import("./observed.ts"),
      import("./tags.ts"),
    ]);
    const servers = await api.servers(OURS);
    return (clusterId) => observedIn(servers, clusterId);
  },

  async images(options) {
    const [{ openstackImages }, { OpenStackApi }, { findCredentials }, { readOptions }] = await Promise.all([
      import("./images.ts"),
      import("./api/client.ts"),
      import("./credentials.ts"),
      import("./options.ts"),
    ]);
    const checked = readOptions(options);
    const credentials = findCredentials(checked);
    return openstackImages(new OpenStackApi(credentials), checked, credentials);
  },

  async sweeper(options) {
    const [api, { openstackSweeper }] = await Promise.all([ask(options), import("./sweeper.ts")]);
    return openstackSweeper(api);
  },
};

/** The way to the cloud alone: other options may be wrong by now, and things can still be found. */
async function ask(options: Record<string, unknown>) {
  const [{ OpenStackApi }, { findCredentials }, { readAccess }] = await Promise.all([
    import("./api/client.ts"),
    import("./credentials.ts"),
    import("./options.ts"),
  ]);
  return new OpenStackApi(findCredentials(readAccess(options)));
}
