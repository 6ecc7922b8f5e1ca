// Package local holds the resource `command:local:Command`. The package's name is part of the token.
package local

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CommandInputs are what a program gives. An absent value is nil, which is not the same as an empty one.
type CommandInputs struct {
	Triggers               *[]any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create                 *string            `pulumi:"create,optional"`
	Update                 *string            `pulumi:"update,optional"`
	Delete                 *string            `pulumi:"delete,optional"`
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *Logging           `pulumi:"logging,optional"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	AssetPaths             *[]string          `pulumi:"assetPaths,optional"`
	ArchivePaths           *[]string          `pulumi:"archivePaths,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// Results are what a finished command leaves behind.
type Results struct {
	Stdout  string                      `pulumi:"stdout"`
	Stderr  string                      `pulumi:"stderr"`
	Assets  *map[string]*resource.Asset `pulumi:"assets,optional"`
	Archive *resource.Archive           `pulumi:"archive,optional"`
}

// CommandOutputs is the state of a command: its inputs as given, and its results.
type CommandOutputs struct {
	CommandInputs
	Results
}

// Logging says which of a command's streams the engine shows while it runs. Outputs are not affected.
type Logging string

const (
	logStdout Logging = "stdout"
	logStderr Logging = "stderr"
	logBoth   Logging = "stdoutAndStderr"
	logNone   Logging = "none"
)

// Values lists what a program may choose.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: string(logStdout), Value: logStdout, Description: "Show stdout but not stderr"},
		{Name: string(logStderr), Value: logStderr, Description: "Show stderr but not stdout"},
		{Name: string(logBoth), Value: logBoth, Description: "Show stdout and stderr"},
		{Name: string(logNone), Value: logNone, Description: "Show nothing"},
	}
}

func (l *Logging) shows(stream Logging) bool {
	return l == nil || *l == stream || *l == logBoth
}

// Annotate describes the inputs and gives their defaults.
func (c *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&c.Triggers, "The resource is replaced when one of these values changes.")
	a.Describe(&c.Create, "Runs when the resource is made.")
	a.Describe(&c.Update, "Runs when an input changed; without it, create runs again.")
	a.Describe(&c.Delete, "Runs when the resource goes, with the inputs it had when it was last made or updated.")
	a.Describe(&c.Stdin, "Text for the command's standard input.")
	a.Describe(&c.Logging, "Which streams the engine shows; default: both.")
	a.Describe(&c.Interpreter, "Program and arguments in front of the command; default: /bin/sh -c.")
	a.Describe(&c.Dir, "Folder to run in; default: the program's.")
	a.Describe(&c.Environment, "Variables on top of the plugin's own environment.")
	a.Describe(&c.AssetPaths, "Globs, relative to dir, of files to return one by one; `!` in front excludes.")
	a.Describe(&c.ArchivePaths, "Globs, relative to dir, of files to return as one archive; `!` in front excludes.")
	a.Describe(&c.AddPreviousOutputInEnv,
		"Whether the run before left PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR for this one.")
	a.SetDefault(&c.AddPreviousOutputInEnv, true)
}

// Annotate describes the results.
func (r *Results) Annotate(a infer.Annotator) {
	a.Describe(&r.Stdout, "What the command wrote to stdout, without the last line feed.")
	a.Describe(&r.Stderr, "What the command wrote to stderr, without the last line feed.")
	a.Describe(&r.Assets, "The files of assetPaths by relative path.")
	a.Describe(&r.Archive, "The files of archivePaths.")
}
