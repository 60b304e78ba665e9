package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
)

// The engine. Replace this file by one that has the same names and calls yours: what is here is a toy. It runs
// functions of constants, parameters, `unreachable` and endless loops, and says of all else that it does not
// offer it.

// What it is called, and which version it is.
const (
	Name    = "my-engine"
	Version = "0"
)

// An Engine makes modules and instances.
type Engine struct {
	interruptible bool
}

// NewEngine makes the engine, interruptible or not, and says what it can. `features` narrows what it accepts;
// nil: everything it has. An error says why it cannot be had here.
func NewEngine(interruptible bool, features *[]string) (*Engine, Capabilities, error) {
	offered := []string{}
	for _, feature := range []string{"mvp"} {
		if features == nil || contains(*features, feature) {
			offered = append(offered, feature)
		}
	}
	return &Engine{interruptible}, Capabilities{
		Features:       offered,
		Interrupts:     "polls",
		AfterInterrupt: "closed",
		Covers:         []string{},
		Imports:        []string{},
	}, nil
}

func contains(names []string, wanted string) bool {
	for _, name := range names {
		if name == wanted {
			return true
		}
	}
	return false
}

// A Module has been decoded and validated.
type Module struct {
	exports map[string]function
}

type function struct {
	body []instruction
}

type instruction struct {
	opcode byte
	value  Value // of a constant
	local  int
}

// Compile decodes and validates; it returns Malformed, Invalid or Unsupported.
func (e *Engine) Compile(binary []byte) (module *Module, err error) {
	defer func() {
		if recover() != nil { // an index beyond the end
			module, err = nil, Malformed("unexpected end")
		}
	}()
	if string(binary[:8]) != "\x00asm\x01\x00\x00\x00" {
		return nil, Malformed("no magic number, or another version")
	}
	return read(&reader{binary, 8})
}

// Instantiate links and runs active segments and the start function, all under `ctx`.
func (e *Engine) Instantiate(_ context.Context, module *Module, _ map[string]*Instance) (*Instance, error) {
	return &Instance{engine: e, module: module}, nil
}

// An Instance may be used by several goroutines at once.
type Instance struct {
	engine *Engine
	module *Module
	cause  atomic.Pointer[string] // why it is closed, nil if it is not
}

// Invoke calls an exported function; it returns Trapped, Interrupted and so on.
func (i *Instance) Invoke(ctx context.Context, export string, args []Value) ([]Value, error) {
	function, known := i.module.exports[export]
	if !known {
		return nil, fmt.Errorf("no exported function %q", export)
	}
	if cause := i.cause.Load(); cause != nil {
		return nil, Interrupted(*cause)
	}
	var stack []Value
	for _, one := range function.body {
		switch one.opcode {
		case unreachable:
			return nil, Trapped("unreachable")
		case loop:
			for {
				if err := i.poll(ctx); err != nil {
					return nil, err
				}
			}
		case localGet:
			stack = append(stack, args[one.local])
		case i32Const, i64Const:
			stack = append(stack, one.value)
		}
	}
	return stack, nil
}

// poll says whether to stop; after that the instance is closed.
func (i *Instance) poll(ctx context.Context) error {
	if !i.engine.interruptible {
		return nil
	}
	if err := ctx.Err(); err != nil {
		cause := "cancelled"
		if errors.Is(err, context.DeadlineExceeded) {
			cause = "deadline"
		}
		i.cause.CompareAndSwap(nil, &cause)
	}
	if cause := i.cause.Load(); cause != nil {
		return Interrupted(*cause)
	}
	return nil
}

// Get reads an exported global.
func (i *Instance) Get(string) (Value, error) { return Value{}, Unsupported("globals") }

// Set writes an exported global.
func (i *Instance) Set(string, Value) error { return Unsupported("globals") }

// Memory is an exported memory: the bytes themselves.
func (i *Instance) Memory(string) ([]byte, error) { return nil, Unsupported("memories") }

// Close interrupts the calls that run in the instance, and lets later ones be refused.
func (i *Instance) Close() {
	cause := "closed"
	i.cause.CompareAndSwap(nil, &cause)
}

// From here on: how the toy reads modules.

const (
	unreachable = 0x00
	loop        = 0x03
	end         = 0x0b
	localGet    = 0x20
	i32Const    = 0x41
	i64Const    = 0x42

	// What follows loop in one that does nothing for ever: its type, a branch to itself, its end.
	endless = "\x40\x0c\x00\x0b"
)

type reader struct {
	bytes []byte
	at    int
}

func (r *reader) byte() byte {
	r.at++
	return r.bytes[r.at-1]
}

// leb reads an integer; only its lower bits are right if it is negative.
func (r *reader) leb(signed bool) (number int64) {
	for shift := 0; ; shift += 7 {
		one := r.byte()
		number |= int64(one&0x7f) << shift
		if one&0x80 == 0 {
			if signed && one&0x40 != 0 && shift < 57 {
				number -= 1 << (shift + 7)
			}
			return number
		}
	}
}

func (r *reader) u32() int { return int(r.leb(false)) }

func (r *reader) take(count int) []byte {
	r.at += count
	return r.bytes[r.at-count : r.at]
}

func read(r *reader) (*Module, error) {
	var results, types []int
	var bodies []function
	exports := map[string]int{}
	for r.at < len(r.bytes) {
		id, content := r.byte(), &reader{bytes: r.take(r.u32())}
		if id == 0 { // a custom section says nothing to us
			continue
		}
		if id != 1 && id != 3 && id != 7 && id != 10 {
			return nil, Unsupported(fmt.Sprintf("section %d", id))
		}
		for count := content.u32(); count > 0; count-- {
			switch id {
			case 1:
				content.byte()
				content.take(content.u32())
				results = append(results, len(content.take(content.u32())))
			case 3:
				types = append(types, content.u32())
			case 7:
				name := string(content.take(content.u32()))
				if kind := content.byte(); kind != 0 {
					return nil, Unsupported("exports of other kinds than functions")
				}
				exports[name] = content.u32()
			case 10:
				body := &reader{bytes: content.take(content.u32())}
				function, err := readBody(body, results[types[len(bodies)]])
				if err != nil {
					return nil, err
				}
				bodies = append(bodies, function)
			}
		}
	}
	module := &Module{map[string]function{}}
	for name, index := range exports {
		module.exports[name] = bodies[index]
	}
	return module, nil
}

func readBody(r *reader, results int) (made function, err error) {
	if r.u32() != 0 {
		return made, Unsupported("locals")
	}
	height, reachable := 0, true
	for {
		one := instruction{opcode: r.byte()}
		switch one.opcode {
		case unreachable:
			reachable = false
		case loop:
			if string(r.take(4)) != endless {
				return made, Unsupported("loops that do more than go on")
			}
			reachable = false
		case end:
			if reachable && height != results {
				return made, Invalid(fmt.Sprintf("%d values are left, not %d", height, results))
			}
			return made, nil
		case localGet:
			one.local = r.u32()
			height++
		case i32Const:
			one.value = number("i32", strconv.FormatUint(uint64(uint32(r.leb(true))), 10))
			height++
		case i64Const:
			one.value = number("i64", strconv.FormatUint(uint64(r.leb(true)), 10))
			height++
		default:
			return made, Unsupported(fmt.Sprintf("instruction %#x", one.opcode))
		}
		made.body = append(made.body, one)
	}
}
