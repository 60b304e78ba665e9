package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Everything that is said, as docs/protocol.md has it.

type hello struct {
	Say           string    `json:"say"`
	Version       *int      `json:"version"`
	Interruptible bool      `json:"interruptible"`
	Features      *[]string `json:"features"`
}

type scriptRequest struct {
	Say      string            `json:"say"`
	ID       int               `json:"id"`
	Commands []json.RawMessage `json:"commands"`
}

type cancelRequest struct {
	Say string `json:"say"`
	ID  int    `json:"id"`
}

type closeRequest struct {
	Say      string `json:"say"`
	Instance string `json:"instance"`
}

type shutdownRequest struct {
	Say string `json:"say"`
}

type limits struct {
	Timeout   *int64 `json:"timeout"`
	Cancelled bool   `json:"cancelled"`
}

type capabilities struct {
	Features       []string `json:"features"`
	Interrupts     string   `json:"interrupts"`
	AfterInterrupt string   `json:"after_interrupt"`
	Covers         []string `json:"covers"`
}

type welcome struct {
	Say           string       `json:"say"`
	Engine        string       `json:"engine"`
	EngineVersion string       `json:"engine_version"`
	Capabilities  capabilities `json:"capabilities"`
}

type unavailable struct {
	Say    string `json:"say"`
	Reason string `json:"reason"`
}

type started struct {
	Say   string `json:"say"`
	ID    int    `json:"id"`
	Index int    `json:"index"`
	At    int64  `json:"at"`
}

type result struct {
	Say     string  `json:"say"`
	ID      int     `json:"id"`
	Index   int     `json:"index"`
	Outcome outcome `json:"outcome"`
	Started int64   `json:"started"`
	Ended   int64   `json:"ended"`
	Done    *int64  `json:"done,omitempty"`
}

type outcome struct {
	Is      string  `json:"is"`
	Values  []value `json:"values,omitempty"`
	Kind    string  `json:"kind,omitempty"`
	Cause   string  `json:"cause,omitempty"`
	Message string  `json:"message,omitempty"`
}

// decode reads one message and refuses fields that the protocol does not know.
func decode[T any](line []byte) (T, error) {
	var message T
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&message)
	return message, err
}

// word reads the one field that says which message or command this is.
func word(line []byte, field string) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return "", err
	}
	var said string
	if err := json.Unmarshal(fields[field], &said); err != nil {
		return "", fmt.Errorf("a message without %q", field)
	}
	return said, nil
}

// A speaker writes replies, each whole and at once.
type speaker struct {
	mutex  sync.Mutex
	stream io.Writer
}

func (s *speaker) say(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// When nobody listens any more, standard input ends too, and with it the process.
	_, _ = s.stream.Write(append(line, '\n'))
}
