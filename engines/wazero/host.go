package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

type hostFunction struct {
	params []api.ValueType
	body   api.GoModuleFunc
}

var (
	milliseconds  = []api.ValueType{api.ValueTypeI32}
	hostFunctions = map[string]hostFunction{
		"nop":                {nil, func(context.Context, api.Module, []uint64) {}},
		"sleep":              {milliseconds, sleep},
		"sleep-deaf":         {milliseconds, sleepDeaf},
		"cancel":             {nil, cancel},
		"reenter":            {nil, reenter},
		"reenter-background": {nil, reenterBackground},
		"swallow":            {nil, swallow},
	}
)

// hostModule makes a module of these host functions.
func hostModule(ctx context.Context, runtime wazero.Runtime, name string, names []string) (api.Module, error) {
	builder := runtime.NewHostModuleBuilder(name)
	for _, wanted := range names {
		function, known := hostFunctions[wanted]
		if !known {
			return nil, fmt.Errorf("no host function %q", wanted)
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(function.body, function.params, nil).Export(wanted)
	}
	compiled, err := builder.Compile(ctx)
	if err != nil {
		return nil, err
	}
	return runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
}

func duration(stack []uint64) time.Duration {
	return time.Duration(uint32(stack[0])) * time.Millisecond
}

func sleep(ctx context.Context, module api.Module, stack []uint64) {
	select {
	case <-time.After(duration(stack)):
		return
	case <-ctx.Done():
	}
	code := sys.ExitCodeContextCanceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = sys.ExitCodeDeadlineExceeded
	}
	// As wazero's own proc_exit of WASI ends a call: close the instance, and do not return.
	_ = module.CloseWithExitCode(ctx, code)
	panic(sys.NewExitError(code))
}

func sleepDeaf(_ context.Context, _ api.Module, stack []uint64) {
	time.Sleep(duration(stack))
}

func cancel(ctx context.Context, _ api.Module, _ []uint64) {
	callOf(ctx).cancel()
}

func reenter(ctx context.Context, _ api.Module, _ []uint64) {
	if err := inner(ctx); err != nil {
		panic(err)
	}
}

func reenterBackground(ctx context.Context, _ api.Module, _ []uint64) {
	if err := inner(withCall(context.Background(), callOf(ctx))); err != nil {
		panic(err)
	}
}

func swallow(ctx context.Context, _ api.Module, _ []uint64) {
	var exit *sys.ExitError
	if err := inner(ctx); err != nil && !errors.As(err, &exit) {
		panic(err)
	}
}

func inner(ctx context.Context) error {
	instance := callOf(ctx).instance
	if instance == nil {
		return errors.New("the instance being instantiated has no exports to enter yet")
	}
	function := instance.ExportedFunction("inner")
	if function == nil {
		return errors.New(`no exported function "inner"`)
	}
	_, err := function.Call(ctx)
	return err
}
