/** What Identity prints once; secret as a whole. Keys in OpenSSH formats. */
export interface ClusterIdentity {
  format: 1;
  /** 16 random bytes as hex: tags, HDFS cluster id. */
  uid: string;
  /** 32 random bytes, hex: bootstrap host keys are derived from it. */
  seed: string;
  hostCa: KeyPair;
  userCa: KeyPair;
  /** Shared secrets of services by name (e.g. `spark.authenticate`): 32 random bytes, hex, derived from `seed` by name. */
  sharedSecrets: Record<string, string>;
}

export interface KeyPair {
  /** `ssh-ed25519 AAAA… comment`. */
  public: string;
  /** PEM (`OPENSSH PRIVATE KEY`). */
  private: string;
}
