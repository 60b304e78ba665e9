package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tetratelabs/wazero/sys"
)

// closedFromOutside is the exit code that instances are closed with when the supervisor says so.
const closedFromOutside uint32 = 0xdfffffff

// Traps are told by their words: wazero's own type for them is not public.
var traps = map[string]string{
	"unreachable":                   "unreachable",
	"integer divide by zero":        "integer divide by zero",
	"integer overflow":              "integer overflow",
	"invalid conversion to integer": "invalid conversion to integer",
	"out of bounds memory access":   "out of bounds memory access",
	"invalid table access":          "uninitialized element", // or undefined, or out of bounds: it does not say
	"indirect call type mismatch":   "indirect call type mismatch",
	"unaligned atomic":              "unaligned atomic",
	"expected shared memory":        "expected shared memory",
	"null reference":                "null reference",
}

func failed(err error) outcome {
	return outcome{Is: "failed", Message: shorten(err.Error())}
}

// ofCall says what came of a call: of an exported function, or of a start function.
func ofCall(err error) outcome {
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		return outcome{Is: "interrupted", Cause: causeOf(exit.ExitCode())}
	}
	words, _, _ := strings.Cut(err.Error(), "\n")
	if _, after, found := strings.Cut(words, "wasm error: "); found {
		words = after
	}
	words = strings.TrimSuffix(words, " (recovered by wazero)")
	switch kind, isTrap := traps[words]; {
	case words == "stack overflow":
		return outcome{Is: "exhausted"}
	case words == "uncaught exception":
		return outcome{Is: "uncaught"}
	case isTrap:
		return outcome{Is: "trapped", Kind: kind, Message: words}
	}
	return failed(err)
}

func causeOf(exitCode uint32) string {
	switch exitCode {
	case sys.ExitCodeDeadlineExceeded:
		return "deadline"
	case sys.ExitCodeContextCanceled:
		return "cancelled"
	}
	return "closed"
}

var (
	linking  = regexp.MustCompile(`^import |^module\[.*\] not instantiated|^"(.|\n)*" is not exported in module |^export "`)
	segments = regexp.MustCompile(`^(data|element)\[\d+\]: `)
)

// ofInstantiation says what came of linking, of active segments, or of a start function.
func ofInstantiation(err error) outcome {
	message := err.Error()
	if linking.MatchString(message) {
		return outcome{Is: "unlinkable", Message: shorten(message)}
	}
	if prefix := segments.FindString(message); prefix != "" {
		return ofCall(errors.New(strings.TrimPrefix(message, prefix)))
	}
	return ofCall(err)
}

// wazero decodes and validates in one go and has one kind of error for both; its words tell them apart.
var (
	malformed = regexp.MustCompile(`^section |^read section id|^invalid section |^invalid magic number` +
		`|^invalid version header|^function and code section have|^data count section \(|^get size of section` +
		`|^import\[\d+\] error decoding|invalid byte for (importdesc|mutability)|EOF$` +
		`|overflows a \d+-bit integer|: invalid instruction |: ill-nested block|requires data count section`)
	invalid = regexp.MustCompile(`: export\[\d+\] duplicates|unknown type index|: (min|max) \d+ pages` +
		`|memory index must be zero|: table (size minimum|min) must|shared memory requires a maximum` +
		`|for const expression op code`)
)

func ofCompilation(err error) outcome {
	message := err.Error()
	if malformed.MatchString(message) && !invalid.MatchString(message) {
		return outcome{Is: "malformed", Message: shorten(message)}
	}
	return outcome{Is: "invalid", Message: shorten(message)}
}

// ofPanic is for what wazero must not do.
func ofPanic(reason any) outcome {
	return failed(fmt.Errorf("panic: %v", reason))
}

const longestMessage = 4096

func shorten(message string) string {
	return strings.ToValidUTF8(message[:min(len(message), longestMessage)], "�")
}
