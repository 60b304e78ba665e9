package main

import (
	"context"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// wazero shows its embedder only the lower half of a global of type v128. A module that imports the global
// sees the whole of it.

func (e *engine) getVector(ctx context.Context, of api.Module, export string, global api.Global) ([]uint64, error) {
	_, mutable := global.(api.MutableGlobal)
	const globalGet = 0x23
	return e.access(ctx, of, export, mutable, []byte{0x60, 0, 1, v128}, []byte{globalGet, 0}, nil)
}

func (e *engine) setVector(ctx context.Context, of api.Module, export string, stack []uint64) error {
	const localGet, globalSet = 0x20, 0x24
	_, err := e.access(ctx, of, export, true, []byte{0x60, 1, v128, 0}, []byte{localGet, 0, globalSet, 0}, stack)
	return err
}

// access calls a function of this type and body in an instance that imports the global.
func (e *engine) access(
	ctx context.Context, of api.Module, export string, mutable bool, kind, body []byte, stack []uint64,
) ([]uint64, error) {
	mutability := byte(0)
	if mutable {
		mutability = 1
	}
	entry := append(name("of"), name(export)...) // wazero refuses a module without a name
	code := append(append([]byte{0}, body...), 0x0b)
	binary := []byte("\x00asm\x01\x00\x00\x00")
	for _, section := range []struct {
		id      byte
		content []byte
	}{
		{1, kind},
		{2, append(entry, 3, v128, mutability)},
		{3, []byte{0}},
		{7, []byte{0, 0, 0}},
		{10, append(leb(len(code)), code...)},
	} {
		binary = append(binary, section.id)
		binary = append(append(binary, leb(1+len(section.content))...), 1)
		binary = append(binary, section.content...)
	}
	compiled, err := e.runtime.CompileModule(ctx, binary)
	if err != nil {
		return nil, err
	}
	defer compiled.Close(ctx)
	ctx = experimental.WithImportResolver(ctx, func(string) api.Module { return of })
	accessor, err := e.runtime.InstantiateModule(ctx, compiled, anonymous())
	if err != nil {
		return nil, err
	}
	defer accessor.Close(ctx)
	return accessor.ExportedFunction("").Call(ctx, stack...)
}

func name(text string) []byte {
	return append(leb(len(text)), text...)
}

func leb(number int) []byte {
	var bytes []byte
	for ; number > 0x7f; number >>= 7 {
		bytes = append(bytes, byte(number)|0x80)
	}
	return append(bytes, byte(number))
}
