# What the local cloud needs: containers, their network and firewall, and the means to make the hosts' image.

want_cloud() {
  want_command podman podman
  want_command runc runc
  want_command nft nftables
  want_command iptables iptables # what netavark writes its rules with
  want_command ip iproute2
  want_command ssh openssh-client
  want_command mmdebstrap mmdebstrap
  want_network_part netavark
  want_network_part aardvark-dns
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || want debian-archive-keyring
}

# Podman's network programs are on nobody's PATH.
want_network_part() {
  for folder in /usr/lib/podman /usr/libexec/podman /usr/local/lib/podman /usr/local/libexec/podman; do
    [ ! -x "$folder/$1" ] || return 0
  done
  want "$1"
}
