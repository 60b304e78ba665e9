package main

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/tetratelabs/wazero/api"
)

// A value as the protocol has it: its type, and its bits in decimal, null for a null reference.
type value struct {
	kind string
	bits *string
}

func (v value) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{v.kind, v.bits})
}

func (v *value) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a value is a type and its bits, not %s", data)
	}
	if err := json.Unmarshal(pair[0], &v.kind); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], &v.bits)
}

// What wazero's stack holds of a type, of which its public interface names only some.
const (
	v128      api.ValueType = 0x7b
	funcref   api.ValueType = 0x70
	externref               = api.ValueTypeExternref
	exnref    api.ValueType = 0x69
)

var kinds = map[api.ValueType]string{
	api.ValueTypeI32: "i32",
	api.ValueTypeI64: "i64",
	api.ValueTypeF32: "f32",
	api.ValueTypeF64: "f64",
	v128:             "v128",
	funcref:          "func",
	externref:        "extern",
	exnref:           "exn",
}

var low = new(big.Int).SetUint64(^uint64(0))

// push appends a value as it lies on wazero's stack: a v128 takes two places, a null reference is zero, and
// so that it is none, the number behind an externref is one more.
func (v value) push(stack []uint64) ([]uint64, error) {
	if v.bits == nil {
		return append(stack, 0), nil
	}
	bits, ok := new(big.Int).SetString(*v.bits, 10)
	if !ok || bits.Sign() < 0 || bits.BitLen() > 128 {
		return nil, fmt.Errorf("not the bits of a value: %q", *v.bits)
	}
	switch v.kind {
	case "v128":
		high := new(big.Int).Rsh(bits, 64)
		return append(stack, new(big.Int).And(bits, low).Uint64(), high.Uint64()), nil
	case "extern":
		return append(stack, bits.Uint64()+1), nil
	default:
		return append(stack, bits.Uint64()), nil
	}
}

// pop takes the values of these types from the bottom of a stack.
func pop(stack []uint64, types []api.ValueType) []value {
	var values []value
	for _, kind := range types {
		bits := new(big.Int).SetUint64(stack[0])
		stack = stack[1:]
		switch kind {
		case v128:
			high := new(big.Int).SetUint64(stack[0])
			bits.Or(bits, high.Lsh(high, 64))
			stack = stack[1:]
		case api.ValueTypeI32, api.ValueTypeF32:
			bits.SetUint64(uint64(uint32(bits.Uint64()))) // the upper half is anything
		case funcref, externref, exnref:
			if bits.Sign() == 0 {
				values = append(values, value{kinds[kind], nil})
				continue
			}
			if kind == externref {
				bits.SetUint64(bits.Uint64() - 1)
			}
		}
		values = append(values, number(kinds[kind], bits))
	}
	return values
}

func number(kind string, bits *big.Int) value {
	text := bits.String()
	return value{kind, &text}
}
