import { z } from "zod";
import { type Place, SERVER_IMAGE } from "./place.ts";
import { idIn, type Rest } from "./rest.ts";

/** What a cloud's administrator offers: flavors, an image, a network to the outside. Each is made once. */

/** Name, CPUs, MiB, GiB. */
const FLAVORS = [
  ["micro", 1, 512, 3],
  ["small", 1, 1024, 4],
  ["medium", 2, 2048, 6],
  ["large", 2, 4096, 10],
  ["huge", 4, 8192, 20],
] as const;

const EXTERNAL = "public";
const PHYSICAL = "public";

export async function offerEverything(place: Place, admin: Rest, disk: () => Promise<string>): Promise<void> {
  await Promise.all([offerFlavors(admin), offerImage(admin, disk), offerNetwork(place, admin)]);
}

async function offerFlavors(admin: Rest): Promise<void> {
  for (const [name, vcpus, ram, size] of FLAVORS) {
    if ((await admin.named("compute", "/flavors", "flavors", name)) !== undefined) continue;
    await admin.post("compute", "/flavors", idIn("flavor"), { flavor: { name, vcpus, ram, disk: size } });
  }
}

const images = z.object({ images: z.array(z.object({ id: z.string(), status: z.string() })) });

/** An image whose upload was cut off is made again. */
async function offerImage(admin: Rest, disk: () => Promise<string>): Promise<void> {
  const found = await admin.get("image", `/images?name=${SERVER_IMAGE}`, images);
  if (found.images.some(({ status }) => status === "active")) return;
  for (const { id } of found.images) await admin.delete("image", `/images/${id}`);
  const about = { visibility: "public", os_distro: "debian", os_version: "12", min_disk: 2, min_ram: 256 };
  await addImage(admin, { name: SERVER_IMAGE, ...about }, await disk());
}

/** An image of a raw disk, with properties of its own; its id. */
export async function addImage(rest: Rest, about: { name: string } & Record<string, unknown>, disk: string) {
  const wish = { disk_format: "raw", container_format: "bare", ...about };
  const { id } = await rest.post("image", "/images", z.object({ id: z.string() }), wish);
  await rest.upload(`/images/${id}/file`, disk);
  return id;
}

async function offerNetwork(place: Place, admin: Rest): Promise<void> {
  const id = (await admin.named("network", "/networks", "networks", EXTERNAL)) ?? (await makeNetwork(admin));
  if ((await admin.named("network", "/subnets", "subnets", EXTERNAL)) !== undefined) return;
  const subnet = { name: EXTERNAL, network_id: id, ip_version: 4, cidr: place.subnet, gateway_ip: place.gateway };
  await admin.post("network", "/subnets", idIn("subnet"), {
    subnet: { ...subnet, enable_dhcp: false, allocation_pools: [place.floatingIps] },
  });
}

async function makeNetwork(admin: Rest): Promise<string> {
  const network = {
    name: EXTERNAL,
    "router:external": true,
    "provider:network_type": "flat",
    "provider:physical_network": PHYSICAL,
  };
  const made = await admin.post("network", "/networks", idIn("network"), { network });
  return made.network.id;
}
