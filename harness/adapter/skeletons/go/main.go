// An adapter of stopwat: an engine behind the protocol, on standard input and output. What depends on the engine
// is in engine.go, and nowhere else.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

func main() {
	if err := serve(bufio.NewReader(os.Stdin)); err != nil {
		fmt.Fprintln(os.Stderr, "my-engine:", err)
		os.Exit(1)
	}
	// Calls that run on do not keep the process: their memory goes with it.
	os.Exit(0)
}

// serve heeds messages until it is told to end, or there are no more.
func serve(input *bufio.Reader) error {
	s := &session{
		modules:   map[string]*Module{},
		instances: map[string]*Instance{},
		imports:   map[string]*Instance{},
		calls:     map[int]*call{},
	}
	for {
		line, err := input.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		message, err := decode(line)
		if err != nil {
			return err
		}
		if ended, err := s.heed(message); ended || err != nil {
			return err
		}
	}
}

// A session is an engine, and what has been made with it, by the names the supervisor gave.
type session struct {
	engine    *Engine
	mutex     sync.Mutex
	modules   map[string]*Module
	instances map[string]*Instance
	imports   map[string]*Instance // by the module name that imports have
	calls     map[int]*call        // those with limits, by the id of their script
}

// heed does what a message asks; scripts run beside it. Whether it was the last message.
func (s *session) heed(message request) (ended bool, err error) {
	if (message.Say == "hello") != (s.engine == nil) {
		return true, fmt.Errorf("%q at the wrong time", message.Say)
	}
	switch message.Say {
	case "hello":
		return s.greet(message)
	case "script":
		for _, command := range message.Commands {
			if actions[command.Do] == nil {
				return true, fmt.Errorf("unknown command %q", command.Do)
			}
		}
		go s.runScript(message)
	case "cancel":
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if running := s.calls[message.ID]; running != nil {
			running.cancel()
		}
	case "close-instance":
		if instance, err := s.instance(message.Instance); err == nil {
			instance.Close()
		}
	case "shutdown":
		return true, nil
	default:
		return true, fmt.Errorf("unknown message %q", message.Say)
	}
	return false, nil
}

func (s *session) greet(hello request) (ended bool, err error) {
	if hello.Version != nil && *hello.Version != 1 {
		return true, fmt.Errorf("version %d of the protocol is unknown", *hello.Version)
	}
	engine, capabilities, err := NewEngine(hello.Interruptible, hello.Features)
	if err != nil {
		say(unavailable{"unavailable", err.Error()})
		return true, nil
	}
	s.engine = engine
	say(welcome{"welcome", Name, Version, capabilities})
	return false, nil
}

// runScript runs commands in order and answers each.
func (s *session) runScript(script request) {
	for index, command := range script.Commands {
		at := now()
		call := newCall(command.Limits, at)
		if command.Limits != nil {
			s.track(script.ID, call)
			say(started{"started", script.ID, index, at})
		}
		outcome := s.run(command, call)
		ended := now()
		s.track(script.ID, nil)
		say(result{"result", script.ID, index, outcome, at, ended, call.end()})
	}
}

// track notes what a script runs now; nil: nothing that can be cancelled.
func (s *session) track(script int, call *call) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if call == nil {
		delete(s.calls, script)
	} else {
		s.calls[script] = call
	}
}

// run says what comes of a command, whatever happens.
func (s *session) run(command command, call *call) (came Outcome) {
	defer func() {
		if reason := recover(); reason != nil {
			came = failed(fmt.Errorf("panic: %v", reason))
		}
	}()
	values, err := actions[command.Do](s, command, call.context)
	if err == nil {
		return Outcome{Is: "returned", Values: values}
	}
	if errors.As(err, &came) {
		came.Message = shorten(came.Message)
		return came
	}
	return failed(err)
}

func failed(err error) Outcome {
	return Outcome{Is: "failed", Message: shorten(err.Error())}
}

const longestMessage = 4096

func shorten(message string) string {
	return message[:min(len(message), longestMessage)]
}

// A call is the context of a command that runs.
type call struct {
	context  context.Context
	release  context.CancelFunc
	deadline int64
	mutex    sync.Mutex
	doneAt   *int64
}

func newCall(limits *limits, started int64) *call {
	c := &call{context: context.Background(), release: func() {}}
	switch {
	case limits == nil:
		return c
	case limits.Timeout == nil:
		c.context, c.release = context.WithCancel(c.context)
	default:
		c.deadline = started + *limits.Timeout
		left := time.Duration(c.deadline - now())
		c.context, c.release = context.WithDeadline(c.context, time.Now().Add(left))
	}
	if limits.Cancelled {
		c.cancel()
	}
	return c
}

// cancel makes the context done, unless it is already.
func (c *call) cancel() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := now()
	c.release()
	if c.doneAt == nil && errors.Is(c.context.Err(), context.Canceled) {
		c.doneAt = &at
	}
}

// end lets go of the context, and says when it was done, nil if it was not.
func (c *call) end() *int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if errors.Is(c.context.Err(), context.DeadlineExceeded) {
		c.doneAt = &c.deadline
	}
	c.release()
	return c.doneAt
}
