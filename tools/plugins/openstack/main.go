// Command pulumi-resource-openstack is a Pulumi plugin with the tokens and properties of the package
// @pulumi/openstack, for places where the official plugin cannot be downloaded: the same Terraform provider, served
// through Pulumi's own bridge.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// version is the release of @pulumi/openstack that this plugin goes with; set by the linker.
var version = "3.15.2"

func main() {
	if len(os.Args) == 3 && os.Args[1] == "write-schema" {
		exitOn(writeSchema(os.Args[2]))
		return
	}
	schema, err := os.ReadFile(schemaFile())
	exitOn(err)
	go endWithParent(os.Getppid())
	tfbridge.Main("openstack", version, provider(), schema)
}

// endWithParent ends this process soon after the engine that started it. The bridge would notice after minutes, and
// meanwhile make, or make once more, what nobody hears of.
func endWithParent(parent int) {
	for range time.Tick(200 * time.Millisecond) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}

// schemaFile lies beside the program: to generate it takes longer than to start.
func schemaFile() string {
	program, err := os.Executable()
	exitOn(err)
	return filepath.Join(filepath.Dir(program), "schema.json")
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-openstack: %s\n", err)
		os.Exit(1)
	}
}
