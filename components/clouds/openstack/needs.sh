# What OpenStack needs on this machine: its API is asked over HTTPS, its servers by SSH.

cloud_plugins=openstack

want_cloud() {
  want_command ssh openssh-client
  [ -e /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates
}
