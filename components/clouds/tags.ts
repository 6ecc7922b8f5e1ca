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
