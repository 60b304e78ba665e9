package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
)

type action = func(s *session, c command, ctx context.Context) ([]Value, error)

// actions are the commands of the protocol.
var actions = map[string]action{
	"compile":      (*session).compile,
	"instantiate":  (*session).instantiate,
	"register":     (*session).register,
	"invoke":       (*session).invoke,
	"get":          (*session).get,
	"set":          (*session).set,
	"read-memory":  (*session).readMemory,
	"write-memory": (*session).writeMemory,
	"close":        (*session).close,
	"drop":         (*session).drop,
	"host":         unsupported("functions of the host"),
	"wasi":         unsupported("WASI"),
}

func unsupported(what string) action {
	return func(*session, command, context.Context) ([]Value, error) { return nil, Unsupported(what) }
}

func (s *session) compile(c command, _ context.Context) ([]Value, error) {
	module, err := s.engine.Compile(c.Binary)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.modules[c.Module] = module
	return nil, nil
}

func (s *session) instantiate(c command, ctx context.Context) ([]Value, error) {
	s.mutex.Lock()
	module, known := s.modules[c.Module]
	imports := map[string]*Instance{}
	for name, instance := range s.imports {
		imports[name] = instance
	}
	s.mutex.Unlock()
	if !known {
		return nil, fmt.Errorf("no module named %q", c.Module)
	}
	instance, err := s.engine.Instantiate(ctx, module, imports)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.instances[c.Instance] = instance
	return nil, nil
}

func (s *session) register(c command, _ context.Context) ([]Value, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.imports[c.Name] = instance
	return nil, nil
}

func (s *session) invoke(c command, ctx context.Context) ([]Value, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	var args []Value
	if c.Args != nil {
		if err := json.Unmarshal(c.Args, &args); err != nil {
			return nil, err
		}
	}
	return instance.Invoke(ctx, c.Export, args)
}

func (s *session) get(c command, _ context.Context) ([]Value, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	value, err := instance.Get(c.Export)
	return []Value{value}, err
}

func (s *session) set(c command, _ context.Context) ([]Value, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	return nil, instance.Set(c.Export, c.Value)
}

// readMemory answers the size, and the digest of a range in two halves.
func (s *session) readMemory(c command, _ context.Context) ([]Value, error) {
	memory, err := s.memory(c)
	if err != nil {
		return nil, err
	}
	size := uint64(len(memory))
	length := size - min(size, c.Offset)
	if c.Length != nil {
		length = *c.Length
	}
	if c.Offset > size || length > size-c.Offset {
		return nil, fmt.Errorf("%d bytes at %d of %d", length, c.Offset, size)
	}
	digest := sha256.Sum256(memory[c.Offset : c.Offset+length])
	return []Value{
		number("i64", strconv.FormatUint(size, 10)),
		number("v128", new(big.Int).SetBytes(digest[:16]).String()),
		number("v128", new(big.Int).SetBytes(digest[16:]).String()),
	}, nil
}

func (s *session) writeMemory(c command, _ context.Context) ([]Value, error) {
	memory, err := s.memory(c)
	if err != nil {
		return nil, err
	}
	size := uint64(len(memory))
	if c.Offset > size || uint64(len(c.Data)) > size-c.Offset {
		return nil, fmt.Errorf("%d bytes at %d of %d", len(c.Data), c.Offset, size)
	}
	copy(memory[c.Offset:], c.Data)
	return nil, nil
}

func (s *session) close(c command, _ context.Context) ([]Value, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	instance.Close()
	return nil, nil
}

func (s *session) drop(c command, _ context.Context) ([]Value, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.modules, c.Module)
	delete(s.instances, c.Instance)
	delete(s.imports, c.Registered)
	return nil, nil
}

func (s *session) instance(name string) (*Instance, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if instance, known := s.instances[name]; known {
		return instance, nil
	}
	return nil, fmt.Errorf("no instance named %q", name)
}

func (s *session) memory(c command) ([]byte, error) {
	instance, err := s.instance(c.Instance)
	if err != nil {
		return nil, err
	}
	return instance.Memory(c.Export)
}

func number(kind, bits string) Value {
	return Value{kind, &bits}
}
