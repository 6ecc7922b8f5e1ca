package local

import (
	"bufio"
	"context"
	"io"

	provider "github.com/pulumi/pulumi-go-provider"
)

// maxLogLine is what one message to the engine holds. Longer lines come in pieces, so that a command that writes
// a megabyte without a line feed neither blocks nor grows a message without bound.
const maxLogLine = 64 << 10

// engineLog shows a command's lines in the engine's status as they come.
type engineLog struct {
	writer *io.PipeWriter
	done   chan struct{}
}

func startLog(ctx context.Context) engineLog {
	reader, writer := io.Pipe()
	log := engineLog{writer: writer, done: make(chan struct{})}
	go func() {
		defer close(log.done)
		logger := provider.GetLogger(ctx)
		lines := bufio.NewReaderSize(reader, maxLogLine)
		for {
			line, _, err := lines.ReadLine()
			if err != nil {
				return
			}
			logger.InfoStatus(string(line))
		}
	}()
	return log
}

// join makes a writer for one stream: into all of the given writers, and into the log if it is shown.
func (l engineLog) join(shown bool, writers ...io.Writer) io.Writer {
	if shown {
		writers = append(writers, l.writer)
	}
	return io.MultiWriter(writers...)
}

// finish returns when every line was given to the engine.
func (l engineLog) finish() {
	_ = l.writer.Close()
	<-l.done
}
