import type { OpenStackCloud } from "./openstack-cloud.ts";
import type { OpenStackOptionsInput } from "./options.ts";

/** {@link openstackCloud} for programs of one's own: its SDK is loaded only when it is asked for. */
export async function openstackCloud(options: OpenStackOptionsInput): Promise<OpenStackCloud> {
  return (await import("./open.ts")).openstackCloud(options);
}
