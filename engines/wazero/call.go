package main

import (
	"context"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/sys/unix"
)

// now is CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine.
func now() int64 {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		panic(err)
	}
	return at.Nano()
}

// A call is a command that runs: its context, and what host functions want to know of it.
type call struct {
	context  context.Context
	instance api.Module // nil while the call is an instantiation

	release  context.CancelFunc
	deadline int64
	mutex    sync.Mutex
	doneAt   *int64
}

func newCall(limits *limits, started int64, instance api.Module) *call {
	c := &call{instance: instance}
	root := withCall(context.Background(), c)
	switch {
	case limits == nil:
		c.context, c.release = root, func() {}
	case limits.Timeout == nil:
		c.context, c.release = context.WithCancel(root)
	default:
		c.deadline = started + *limits.Timeout
		c.context, c.release = context.WithTimeout(root, time.Duration(c.deadline-now()))
	}
	if limits != nil && limits.Cancelled {
		c.cancel()
	}
	return c
}

// cancel makes the context done, unless it is already; without limits it never is.
func (c *call) cancel() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := now()
	c.release()
	if c.doneAt == nil && c.context.Err() == context.Canceled {
		c.doneAt = &at
	}
}

// end lets go of the context, and says when it was done, nil if it was not.
func (c *call) end() *int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.context.Err() == context.DeadlineExceeded {
		c.doneAt = &c.deadline
	}
	c.release()
	return c.doneAt
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	return ctx.Value(callKey{}).(*call)
}
