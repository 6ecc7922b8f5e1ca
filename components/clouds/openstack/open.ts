import { OpenStackApi } from "./api/client.ts";
import { findCredentials } from "./credentials.ts";
import { OpenStackCloud } from "./openstack-cloud.ts";
import { type OpenStackOptionsInput, readOptions } from "./options.ts";
import { takeReadings } from "./readings.ts";

/**
 * Looks at an OpenStack once and returns it: everything that it is asked later is answered from what was seen.
 * @param options As in `muster:cloud`, beside its name.
 * @throws UserMistakes about the options and the credentials
 */
export async function openstackCloud(options: OpenStackOptionsInput): Promise<OpenStackCloud> {
  const checked = readOptions(options);
  const credentials = findCredentials(checked);
  const readings = await takeReadings(new OpenStackApi(credentials), checked, credentials.source);
  return new OpenStackCloud(checked, credentials, readings);
}
