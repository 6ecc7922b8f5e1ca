import type * as pulumi from "@pulumi/pulumi";

/** Every resource has a deadline of its own: the provider's own are up to 30 minutes, or none. */
export const NETWORK_TIMEOUTS: pulumi.CustomTimeouts = { create: "5m", update: "5m", delete: "5m" };
export const VOLUME_TIMEOUTS: pulumi.CustomTimeouts = { create: "10m", update: "10m", delete: "10m" };

/** Deadlines of a machine. Minutes. */
export const machineTimeouts = (create: number): pulumi.CustomTimeouts => ({
  create: `${create}m`,
  update: `${create}m`,
  delete: "10m",
});
