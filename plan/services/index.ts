import type { AnyService } from "../service.ts";
import { ganglia } from "./ganglia.ts";
import { glusterfs } from "./glusterfs/index.ts";
import { hdfs } from "./hdfs.ts";
import { mapreduce } from "./mapreduce.ts";
import { nfs } from "./nfs/index.ts";
import { objectStores } from "./objectstores/index.ts";
import { prometheus } from "./prometheus/index.ts";
import { python } from "./python/index.ts";
import { spark } from "./spark/index.ts";
import { vpn } from "./vpn.ts";
import { yarn } from "./yarn.ts";

/** Every service there is, in the order in which they are configured. Adding one: a file here, a line here, its roles. */
export const services = {
  hdfs,
  yarn,
  mapreduce,
  nfs,
  glusterfs,
  python,
  objectStores,
  spark,
  vpn,
  prometheus,
  ganglia,
} satisfies Record<string, AnyService>;

export type ServiceName = keyof typeof services;
