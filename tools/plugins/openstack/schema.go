package main

import (
	"encoding/json"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// writeSchema writes the package's schema as the bridge derives it from the Terraform provider's own.
func writeSchema(file string) error {
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	// Its texts for people, which would come from the provider's repository, are in the SDK already.
	generated, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo: provider(), DiagnosticsSink: sink, XInMemoryDocs: true,
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(generated.PackageSpec)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
