package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// run executes a command to its end and puts what it left into results. Results of the run before, if any, are
// in there at the start and stay when the command fails.
//
// A cancelled context kills the direct child only; whoever starts grandchildren has to watch over them. The end is
// reached when the child is gone and everyone who inherited its output has closed it.
func run(ctx context.Context, command string, in CommandInputs, results *Results) error {
	argv := []string{"/bin/sh", "-c"}
	if in.Interpreter != nil && len(*in.Interpreter) > 0 {
		argv = *in.Interpreter
	}
	child := exec.CommandContext(ctx, argv[0], append(argv[1:len(argv):len(argv)], command)...)
	child.Env = environment(in, *results)
	if in.Stdin != nil && *in.Stdin != "" {
		child.Stdin = strings.NewReader(*in.Stdin)
	}
	folder, err := workingFolder(in.Dir)
	if err != nil {
		return err
	}
	child.Dir = folder

	var stdout, stderr bytes.Buffer
	var both sharedBuffer
	log := startLog(ctx)
	child.Stdout = log.join(in.Logging.shows(logStdout), &stdout, &both)
	child.Stderr = log.join(in.Logging.shows(logStderr), &stderr, &both)
	err = child.Run()
	log.finish()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
	}

	if err := collect(folder, in, results); err != nil {
		return err
	}
	results.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	results.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func environment(in CommandInputs, previous Results) []string {
	env := os.Environ()
	if in.Environment != nil {
		for name, value := range *in.Environment {
			env = append(env, name+"="+value)
		}
	}
	if in.AddPreviousOutputInEnv == nil || *in.AddPreviousOutputInEnv {
		if previous.Stdout != "" {
			env = append(env, previousStdout+"="+previous.Stdout)
		}
		if previous.Stderr != "" {
			env = append(env, previousStderr+"="+previous.Stderr)
		}
	}
	return env
}

func workingFolder(dir *string) (string, error) {
	if dir != nil {
		return *dir, nil
	}
	return os.Getwd()
}

// sharedBuffer holds both streams in the order they came, for the text of an error.
type sharedBuffer struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

var _ io.Writer = (*sharedBuffer)(nil)

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.Write(p)
}

func (b *sharedBuffer) String() string {
	return b.bytes.String()
}
