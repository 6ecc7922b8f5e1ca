# The versions of everything that is brought to a machine. package.json has those of npm's packages.
node_minimum=22.18.0
node_version=24.21.0       # npm's package and the official download; also in node/package-lock.json
node_wheel_version=24.19.0 # PyPI's package, pinned in node/requirements.txt
go_minimum=1.25.11
go_wheel_version=1.27.3 # pinned in go/requirements.txt
engine_version=3.250.0
language_host_version=3.68.0 # the last that can be built from its module; works with this engine
command_plugin_version=1.2.1
command_plugin_takes="about a minute"
openstack_plugin_version=3.15.2
openstack_plugin_takes="some minutes"
openstack_plugin_changes="github.com/hashicorp/terraform-plugin-sdk/v2 helper/retry/state.go looks.sed" # when built here
# Also in packer/go.mod, packer/public/go.mod and, of the plug-ins, in the templates.
packer_version=1.11.2
packer_docker_version=1.1.2
packer_openstack_version=1.1.2
packer_amazon_version=1.3.4
packer_googlecompute_version=1.1.8

# at_least VERSION MINIMUM: whether dotted numbers are not lower.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
