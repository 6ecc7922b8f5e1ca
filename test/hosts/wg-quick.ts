/**
 * The interface `lab` as `wg-quick` makes it of a file for it, but without routes: by the kernel or by `wireguard-go`.
 * Packets of the tunnel itself carry the mark 1.
 */
export const asWgQuick = (file: string): string => `set -eu
mkdir -p /dev/net; [ -e /dev/net/tun ] || mknod -m 0600 /dev/net/tun c 10 200
ip link add lab type wireguard 2>/dev/null || wireguard-go lab
sed '/^\\(Address\\|MTU\\) /d' ${file} >/root/lab.wg
wg setconf lab /root/lab.wg
wg set lab fwmark 1
ip address add "$(sed -n 's/^Address = //p' ${file})" dev lab
ip link set lab mtu "$(sed -n 's/^MTU = //p' ${file})" up
`;
