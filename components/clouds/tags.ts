/** What everything we make carries, on every cloud, by whatever name the cloud has for such marks. */
export const TAG = {
  /** The state folder that knows it: `stateId()`. */
  state: "muster.state",
  cluster: "muster.cluster",
  uid: "muster.uid",
  kind: "muster.kind",
  node: "muster.node",
  pool: "muster.pool",
  ordinal: "muster.ordinal",
  roles: "muster.roles",
  generation: "muster.generation",
  address: "muster.address",
  /** Baked images, and what was made of them: the image's name. */
  image: "muster.image",
} as const;

/** Resources that a node with data has besides its machine: it is none before they are there. */
export const dataResource = {
  volume: (node: string): string => `${node}-data`,
  /** Where disks are attached by a resource of its own. */
  attachment: (node: string): string => `${node}-data-attachment`,
};
