// Command pulumi-resource-command is a Pulumi plugin with the tokens, properties and behaviour of
// `local.Command` of the package @pulumi/command, for places where the official plugin cannot be downloaded.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"

	"muster/tools/plugins/command/local"
)

// version is the release of @pulumi/command whose behaviour this plugin has; set by the linker.
var version = "1.2.1"

func main() {
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Runs commands on this machine as part of a stack's life.").
		WithLicense("Apache-2.0").
		WithResources(infer.Resource(&local.Command{})).
		Build()
	if err == nil {
		err = provider.Run(context.Background(), "command", version)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %s\n", err)
		os.Exit(1)
	}
}
