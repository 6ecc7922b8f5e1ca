/** What Identity prints once; secret as a whole. Keys in OpenSSH formats. */
export interface ClusterIdentity {
  format: 1;
  /** 16 random bytes as hex: tags, HDFS cluster id. */
  uid: string;
  /** 32 random bytes, hex: bootstrap host keys and the secrets that services share are derived from it. */
  seed: string;
  hostCa: KeyPair;
  userCa: KeyPair;
}

export interface KeyPair {
  /** Type, `AAAA…`, comment. */
  public: string;
  /** PEM (`OPENSSH PRIVATE KEY`). */
  private: string;
}
