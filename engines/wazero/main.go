// An engine of stopwat: wazero, behind the protocol of docs/protocol.md, on standard input and output.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/tetratelabs/wazero"
)

var configs = map[string]func() wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler,
	"interpreter": wazero.NewRuntimeConfigInterpreter,
}

func main() {
	if err := serve(os.Args[1:], bufio.NewReader(os.Stdin), &speaker{stream: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, "stopwat wazero:", err)
		os.Exit(1)
	}
	// Calls that run on do not keep the process: its memory goes with it.
	os.Exit(0)
}

func serve(args []string, input *bufio.Reader, speaker *speaker) error {
	if len(args) != 1 || configs[args[0]] == nil {
		return errors.New("usage: compiler or interpreter, and nothing else")
	}
	line, err := input.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return nil
	}
	session, err := greet(args[0], line, speaker)
	if err != nil || session == nil {
		return err
	}
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return err // also at the end: nobody is there to say how it goes on
		}
		ended, err := session.heed(line)
		if err != nil || ended {
			return err
		}
	}
}

// greet makes the engine as the first message asks; nil if it cannot be had.
func greet(kind string, line []byte, speaker *speaker) (made *session, err error) {
	said, err := decode[hello](line)
	if err != nil {
		return nil, err
	}
	if said.Say != "hello" || said.Version != nil && *said.Version != 1 {
		return nil, fmt.Errorf("expected hello, version 1, not %s", line)
	}
	defer func() {
		if reason := recover(); reason != nil { // of the compiler, where it does not know the processor
			speaker.say(unavailable{"unavailable", fmt.Sprint(reason)})
		}
	}()
	flags, names := choose(said.Features)
	config := configs[kind]().WithCoreFeatures(flags).WithCloseOnContextDone(said.Interruptible)
	engine := newEngine(config)
	speaker.say(welcome{"welcome", "wazero-" + kind, version(), capabilities{
		Features:       names,
		Interrupts:     "polls",
		AfterInterrupt: "closed",
		// Not compilation; and an atomic wait waits for what it waits for.
		Covers: []string{"instantiate", "host"},
	}})
	return &session{engine: engine, speaker: speaker, calls: map[int]*call{}}, nil
}

// A session is what is said after the greeting.
type session struct {
	engine  *engine
	speaker *speaker
	mutex   sync.Mutex
	calls   map[int]*call // those with limits, by the id of their script
}

// heed does what a message asks; scripts run beside it. Whether it was the last message.
func (s *session) heed(line []byte) (ended bool, err error) {
	say, err := word(line, "say")
	if err != nil {
		return false, err
	}
	switch say {
	case "script":
		script, err := decode[scriptRequest](line)
		if err == nil {
			go s.runScript(script)
		}
		return false, err
	case "cancel":
		request, err := decode[cancelRequest](line)
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if running, known := s.calls[request.ID]; known {
			running.cancel()
		}
		return false, err
	case "close-instance":
		request, err := decode[closeRequest](line)
		if instance, unknown := s.engine.instance(request.Instance); unknown == nil {
			return false, closeInstance(instance)
		}
		return false, err
	case "shutdown":
		_, err := decode[shutdownRequest](line)
		return true, err
	}
	return false, fmt.Errorf("unknown message %q", say)
}

// runScript runs commands in order and answers each.
func (s *session) runScript(script scriptRequest) {
	for index, line := range script.Commands {
		command, limits, instance, err := decodeCommand(line)
		if err != nil {
			fmt.Fprintln(os.Stderr, "stopwat wazero:", err)
			os.Exit(1)
		}
		at := now()
		module, _ := s.engine.instance(instance)
		call := newCall(limits, at, module)
		if limits != nil {
			s.track(script.ID, call)
			s.speaker.say(started{"started", script.ID, index, at})
		}
		came := attempt(func() outcome { return command.run(s.engine, call) })
		ended := now()
		s.track(script.ID, nil)
		s.speaker.say(result{"result", script.ID, index, came, at, ended, call.end()})
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

func attempt(command func() outcome) (came outcome) {
	defer func() {
		if reason := recover(); reason != nil {
			came = ofPanic(reason)
		}
	}()
	return command()
}
