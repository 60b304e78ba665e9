package main

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"
)

// Everything that is said, as docs/protocol.md of stopwat has it. Nothing here depends on the engine.

// A request has the fields of all requests; which it is, `say` says.
type request struct {
	Say           string    `json:"say"`
	Version       *int      `json:"version"`
	Interruptible bool      `json:"interruptible"`
	Features      *[]string `json:"features"`
	ID            int       `json:"id"`
	Commands      []command `json:"commands"`
	Instance      string    `json:"instance"`
}

// A command has the fields of all commands; which it is, `do` says.
type command struct {
	Do         string          `json:"do"`
	Module     string          `json:"module"`
	Instance   string          `json:"instance"`
	Binary     []byte          `json:"binary"`
	Limits     *limits         `json:"limits"`
	Name       string          `json:"name"`
	Functions  []string        `json:"functions"`
	Args       json.RawMessage `json:"args"` // of invoke values, of wasi texts
	Env        []string        `json:"env"`
	Stdin      []byte          `json:"stdin"`
	Seed       *int64          `json:"seed"`
	Export     string          `json:"export"`
	Value      Value           `json:"value"`
	Offset     uint64          `json:"offset"`
	Length     *uint64         `json:"length"`
	Data       []byte          `json:"data"`
	Registered string          `json:"registered"`
}

type limits struct {
	Timeout   *int64 `json:"timeout"`
	Cancelled bool   `json:"cancelled"`
}

// Capabilities are what an engine says of itself.
type Capabilities struct {
	Features       []string `json:"features"`
	Interrupts     string   `json:"interrupts"`
	AfterInterrupt string   `json:"after_interrupt"`
	Covers         []string `json:"covers"`
	Imports        []string `json:"imports"`
}

type welcome struct {
	Say           string       `json:"say"`
	Engine        string       `json:"engine"`
	EngineVersion string       `json:"engine_version"`
	Capabilities  Capabilities `json:"capabilities"`
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
	Outcome Outcome `json:"outcome"`
	Started int64   `json:"started"`
	Ended   int64   `json:"ended"`
	Done    *int64  `json:"done,omitempty"`
}

// A Value is its type and its bits: an unsigned decimal number, nil for a null reference.
type Value struct {
	Type string
	Bits *string
}

// MarshalJSON writes it as the protocol has it, a pair.
func (v Value) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{v.Type, v.Bits})
}

// UnmarshalJSON reads a pair.
func (v *Value) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&v.Type, &v.Bits})
}

// An Outcome is what came of a command. All but "returned" are errors, so that an engine can return them.
type Outcome struct {
	Is      string  `json:"is"`
	Values  []Value `json:"values,omitempty"`
	Kind    string  `json:"kind,omitempty"`
	Cause   string  `json:"cause,omitempty"`
	Status  *uint32 `json:"status,omitempty"`
	Message string  `json:"message,omitempty"`
}

// Error makes it an error.
func (o Outcome) Error() string {
	return o.Is + ": " + o.Kind + o.Cause + o.Message
}

// Malformed: the binary is not a module.
func Malformed(message string) error { return Outcome{Is: "malformed", Message: message} }

// Invalid: the module does not validate.
func Invalid(message string) error { return Outcome{Is: "invalid", Message: message} }

// Unlinkable: the imports do not match.
func Unlinkable(message string) error { return Outcome{Is: "unlinkable", Message: message} }

// Unsupported: the engine does not offer this, and says so.
func Unsupported(message string) error { return Outcome{Is: "unsupported", Message: message} }

// Trapped: a trap of the standard, in the words of the official test suite.
func Trapped(kind string) error { return Outcome{Is: "trapped", Kind: kind} }

// Interrupted: stopped from outside; the cause is deadline, cancelled or closed.
func Interrupted(cause string) error { return Outcome{Is: "interrupted", Cause: cause} }

// decode reads one message and refuses fields that the protocol does not have.
func decode(line []byte) (request, error) {
	var message request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&message)
	return message, err
}

var writing sync.Mutex

// say writes one reply, whole and at once.
func say(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	writing.Lock()
	defer writing.Unlock()
	// When nobody listens any more, standard input ends too, and with it the process.
	_, _ = os.Stdout.Write(append(line, '\n'))
}
