package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// A command does its work under a call and says what came of it.
type command interface {
	run(*engine, *call) outcome
}

type compile struct {
	Do     string  `json:"do"`
	Module string  `json:"module"`
	Binary []byte  `json:"binary"`
	Limits *limits `json:"limits"`
}

type instantiate struct {
	Do       string  `json:"do"`
	Instance string  `json:"instance"`
	Module   string  `json:"module"`
	Limits   *limits `json:"limits"`
}

type register struct {
	Do       string `json:"do"`
	Name     string `json:"name"`
	Instance string `json:"instance"`
}

type host struct {
	Do        string   `json:"do"`
	Name      string   `json:"name"`
	Functions []string `json:"functions"`
}

type wasi struct {
	Do    string   `json:"do"`
	Name  string   `json:"name"`
	Args  []string `json:"args"`
	Env   []string `json:"env"`
	Stdin []byte   `json:"stdin"`
	Seed  *int64   `json:"seed"`
}

type invoke struct {
	Do       string  `json:"do"`
	Instance string  `json:"instance"`
	Export   string  `json:"export"`
	Args     []value `json:"args"`
	Limits   *limits `json:"limits"`
}

type get struct {
	Do       string `json:"do"`
	Instance string `json:"instance"`
	Export   string `json:"export"`
}

type set struct {
	Do       string `json:"do"`
	Instance string `json:"instance"`
	Export   string `json:"export"`
	Value    value  `json:"value"`
}

type readMemory struct {
	Do       string  `json:"do"`
	Instance string  `json:"instance"`
	Export   string  `json:"export"`
	Offset   uint64  `json:"offset"`
	Length   *uint64 `json:"length"`
}

type writeMemory struct {
	Do       string `json:"do"`
	Instance string `json:"instance"`
	Export   string `json:"export"`
	Offset   uint64 `json:"offset"`
	Data     []byte `json:"data"`
}

type closing struct {
	Do       string `json:"do"`
	Instance string `json:"instance"`
}

type drop struct {
	Do         string  `json:"do"`
	Module     *string `json:"module"`
	Instance   *string `json:"instance"`
	Registered *string `json:"registered"`
}

// decodeCommand reads a command, and under what limits and on what instance it runs.
func decodeCommand(line json.RawMessage) (command, *limits, string, error) {
	do, err := word(line, "do")
	if err != nil {
		return nil, nil, "", err
	}
	switch do {
	case "compile":
		c, err := decode[compile](line)
		return c, c.Limits, "", err
	case "instantiate":
		c, err := decode[instantiate](line)
		return c, c.Limits, "", err
	case "register":
		c, err := decode[register](line)
		return c, nil, "", err
	case "host":
		c, err := decode[host](line)
		return c, nil, "", err
	case "wasi":
		c, err := decode[wasi](line)
		return c, nil, "", err
	case "invoke":
		c, err := decode[invoke](line)
		return c, c.Limits, c.Instance, err
	case "get":
		c, err := decode[get](line)
		return c, nil, "", err
	case "set":
		c, err := decode[set](line)
		return c, nil, "", err
	case "read-memory":
		c, err := decode[readMemory](line)
		return c, nil, "", err
	case "write-memory":
		c, err := decode[writeMemory](line)
		return c, nil, "", err
	case "close":
		c, err := decode[closing](line)
		return c, nil, "", err
	case "drop":
		c, err := decode[drop](line)
		return c, nil, "", err
	}
	return nil, nil, "", fmt.Errorf("unknown command %q", do)
}

var returned = outcome{Is: "returned"}

func (c compile) run(e *engine, call *call) outcome {
	compiled, err := e.runtime.CompileModule(call.context, c.Binary)
	if err != nil {
		return ofCompilation(err)
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.modules[c.Module] = compiled
	return returned
}

func (c instantiate) run(e *engine, call *call) outcome {
	e.mutex.Lock()
	compiled, known := e.modules[c.Module]
	e.mutex.Unlock()
	if !known {
		return failed(fmt.Errorf("no module named %q", c.Module))
	}
	ctx := experimental.WithImportResolver(call.context, e.provider)
	// Nothing has a name inside wazero: who imports what is decided by what is registered at the moment.
	instance, err := e.runtime.InstantiateModule(ctx, compiled, anonymous())
	if err != nil {
		return ofInstantiation(err)
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.instances[c.Instance] = instance
	return returned
}

func (c register) run(e *engine, _ *call) outcome {
	instance, err := e.instance(c.Instance)
	if err != nil {
		return failed(err)
	}
	e.provide(c.Name, instance)
	return returned
}

func (c host) run(e *engine, call *call) outcome {
	module, err := hostModule(call.context, e.runtime, c.Name, c.Functions)
	if err != nil {
		return failed(err)
	}
	e.provide(c.Name, module)
	return returned
}

func (c wasi) run(*engine, *call) outcome {
	return outcome{Is: "unsupported", Message: "WASI"}
}

func (c invoke) run(e *engine, call *call) outcome {
	instance, err := e.instance(c.Instance)
	if err != nil {
		return failed(err)
	}
	function := instance.ExportedFunction(c.Export)
	if function == nil {
		return failed(fmt.Errorf("no exported function %q", c.Export))
	}
	var stack []uint64
	for _, arg := range c.Args {
		if stack, err = arg.push(stack); err != nil {
			return failed(err)
		}
	}
	results, err := function.Call(call.context, stack...)
	if err != nil {
		return ofCall(err)
	}
	return outcome{Is: "returned", Values: pop(results, function.Definition().ResultTypes())}
}

func (c get) run(e *engine, call *call) outcome {
	instance, global, err := e.global(c.Instance, c.Export)
	if err != nil {
		return failed(err)
	}
	stack := []uint64{global.Get()}
	if global.Type() == v128 {
		if stack, err = e.getVector(call.context, instance, c.Export, global); err != nil {
			return failed(err)
		}
	}
	return outcome{Is: "returned", Values: pop(stack, []api.ValueType{global.Type()})}
}

func (c set) run(e *engine, call *call) outcome {
	instance, global, err := e.global(c.Instance, c.Export)
	if err != nil {
		return failed(err)
	}
	mutable, isMutable := global.(api.MutableGlobal)
	if !isMutable {
		return failed(fmt.Errorf("the global %q is immutable", c.Export))
	}
	stack, err := c.Value.push(nil)
	if err != nil {
		return failed(err)
	}
	if global.Type() == v128 {
		if err := e.setVector(call.context, instance, c.Export, stack); err != nil {
			return failed(err)
		}
		return returned
	}
	mutable.Set(stack[0])
	return returned
}

func (c readMemory) run(e *engine, _ *call) outcome {
	memory, size, err := e.memory(c.Instance, c.Export)
	if err != nil {
		return failed(err)
	}
	length := size - min(size, c.Offset)
	if c.Length != nil {
		length = *c.Length
	}
	if c.Offset > size || length > size-c.Offset {
		return failed(fmt.Errorf("%d bytes at %d of %d", length, c.Offset, size))
	}
	digest := sha256.New()
	for at := c.Offset; at < c.Offset+length; at += piece {
		bytes, _ := memory.Read(uint32(at), uint32(min(piece, c.Offset+length-at)))
		digest.Write(bytes)
	}
	sum := digest.Sum(nil)
	return outcome{Is: "returned", Values: []value{
		number("i64", new(big.Int).SetUint64(size)),
		number("v128", new(big.Int).SetBytes(sum[:16])),
		number("v128", new(big.Int).SetBytes(sum[16:])),
	}}
}

// piece is how much of a memory is read at once: wazero counts bytes in 32 bits, and there may be 2^32.
const piece = 1 << 30

func (c writeMemory) run(e *engine, _ *call) outcome {
	memory, size, err := e.memory(c.Instance, c.Export)
	if err != nil {
		return failed(err)
	}
	if c.Offset > size || !memory.Write(uint32(c.Offset), c.Data) {
		return failed(fmt.Errorf("%d bytes at %d of %d", len(c.Data), c.Offset, size))
	}
	return returned
}

func (c closing) run(e *engine, _ *call) outcome {
	instance, err := e.instance(c.Instance)
	if err == nil {
		err = closeInstance(instance)
	}
	if err != nil {
		return failed(err)
	}
	return returned
}

func (c drop) run(e *engine, _ *call) outcome {
	if err := e.forget(c.Module, c.Instance, c.Registered); err != nil {
		return failed(err)
	}
	return returned
}

func anonymous() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions()
}
