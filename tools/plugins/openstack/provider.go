package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// longestName is what all services of OpenStack take.
const longestName = 255

// provider is the Terraform provider as the bridge is told to show it: under the package's names.
func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(patient(openstack.Provider())),
		Name:         "openstack",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources:  map[string]*tfbridge.DataSourceInfo{},
	}
	for terraform, name := range resources {
		module, class, _ := strings.Cut(name, "/")
		info.Resources["openstack_"+terraform] = &tfbridge.ResourceInfo{
			Tok:    tfbridge.MakeResource("openstack", module, class),
			Fields: fields[terraform],
		}
	}
	for terraform, name := range functions {
		module, function, _ := strings.Cut(name, "/")
		info.DataSources["openstack_"+terraform] = &tfbridge.DataSourceInfo{
			Tok: tfbridge.MakeDataSource("openstack", module, function),
		}
	}
	info.SetAutonaming(longestName, "-")
	return info
}

// fields are those that the package has in another form than the bridge would give them.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	// A list of one, which was a list of many when the package got it.
	"compute_servergroup_v2": {"policies": {MaxItemsOne: tfbridge.False()}},
	"networking_subnet_v2": {
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	},
	"orchestration_stack_v1": {"outputs": {Name: "StackOutputs"}},
}
