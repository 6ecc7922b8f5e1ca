package main

// functions are its data sources, in the same way.
var functions = map[string]string{
	"fw_group_v2":  "index/getFwGroupV2",
	"fw_policy_v2": "index/getFwPolicyV2",
	"fw_rule_v2":   "index/getFwRuleV2",

	"blockstorage_availability_zones_v3": "blockstorage/getAvailabilityZonesV3",
	"blockstorage_quotaset_v3":           "blockstorage/getQuotasetV3",
	"blockstorage_snapshot_v2":           "blockstorage/getSnapshotV2",
	"blockstorage_snapshot_v3":           "blockstorage/getSnapshotV3",
	"blockstorage_volume_v2":             "blockstorage/getVolumeV2",
	"blockstorage_volume_v3":             "blockstorage/getVolumeV3",

	"compute_aggregate_v2":          "compute/getAggregateV2",
	"compute_availability_zones_v2": "compute/getAvailabilityZones",
	"compute_flavor_v2":             "compute/getFlavor",
	"compute_hypervisor_v2":         "compute/getHypervisorV2",
	"compute_instance_v2":           "compute/getInstanceV2",
	"compute_keypair_v2":            "compute/getKeypair",
	"compute_limits_v2":             "compute/getLimitsV2",
	"compute_quotaset_v2":           "compute/getQuotaSetV2",

	"containerinfra_cluster_v1":         "containerinfra/getCluster",
	"containerinfra_clustertemplate_v1": "containerinfra/getClusterTemplate",
	"containerinfra_nodegroup_v1":       "containerinfra/getNodeGroup",

	"dns_zone_v2": "dns/getDnsZone",

	"fw_policy_v1": "firewall/getPolicy",

	"identity_auth_scope_v3": "identity/getAuthScope",
	"identity_endpoint_v3":   "identity/getEndpoint",
	"identity_group_v3":      "identity/getGroup",
	"identity_project_v3":    "identity/getProject",
	"identity_role_v3":       "identity/getRole",
	"identity_service_v3":    "identity/getService",
	"identity_user_v3":       "identity/getUser",

	"images_image_ids_v2": "images/getImageIds",
	"images_image_v2":     "images/getImage",

	"keymanager_container_v1": "keymanager/getContainer",
	"keymanager_secret_v1":    "keymanager/getSecret",

	"networking_addressscope_v2":               "networking/getAddressScope",
	"networking_floatingip_v2":                 "networking/getFloatingIp",
	"networking_network_v2":                    "networking/getNetwork",
	"networking_port_ids_v2":                   "networking/getPortIds",
	"networking_port_v2":                       "networking/getPort",
	"networking_qos_bandwidth_limit_rule_v2":   "networking/getQosBandwidthLimitRule",
	"networking_qos_dscp_marking_rule_v2":      "networking/getQosDscpMarkingRule",
	"networking_qos_minimum_bandwidth_rule_v2": "networking/getQosMinimumBandwidthRule",
	"networking_qos_policy_v2":                 "networking/getQosPolicy",
	"networking_quota_v2":                      "networking/getQuotaV2",
	"networking_router_v2":                     "networking/getRouter",
	"networking_secgroup_v2":                   "networking/getSecGroup",
	"networking_subnet_ids_v2":                 "networking/getSubnetIdsV2",
	"networking_subnet_v2":                     "networking/getSubnet",
	"networking_subnetpool_v2":                 "networking/getSubnetPool",
	"networking_trunk_v2":                      "networking/getTrunk",

	"sharedfilesystem_availability_zones_v2": "sharedfilesystem/getAvailbilityZones",
	"sharedfilesystem_share_v2":              "sharedfilesystem/getShare",
	"sharedfilesystem_sharenetwork_v2":       "sharedfilesystem/getShareNetwork",
	"sharedfilesystem_snapshot_v2":           "sharedfilesystem/getSnapshot",
}
