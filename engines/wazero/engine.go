package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// An engine is a runtime of wazero, and what has been made with it, by the names the supervisor gave.
type engine struct {
	runtime wazero.Runtime

	mutex     sync.Mutex
	modules   map[string]wazero.CompiledModule
	instances map[string]api.Module
	providers map[string]api.Module // by the module name that imports have
}

func newEngine(config wazero.RuntimeConfig) *engine {
	return &engine{
		runtime:   wazero.NewRuntimeWithConfig(context.Background(), config),
		modules:   map[string]wazero.CompiledModule{},
		instances: map[string]api.Module{},
		providers: map[string]api.Module{},
	}
}

// version is that of wazero, as it was built in.
func version() string {
	if build, known := debug.ReadBuildInfo(); known {
		for _, dependency := range build.Deps {
			if dependency.Path == "github.com/tetratelabs/wazero" {
				return dependency.Version[1:]
			}
		}
	}
	panic("built without wazero")
}

func (e *engine) provide(name string, module api.Module) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.providers[name] = module
}

// provider is an experimental.ImportResolver; nil lets wazero say that nothing has that name.
func (e *engine) provider(name string) api.Module {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.providers[name]
}

func (e *engine) instance(name string) (api.Module, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if instance, known := e.instances[name]; known {
		return instance, nil
	}
	return nil, fmt.Errorf("no instance named %q", name)
}

func (e *engine) global(instance, export string) (api.Module, api.Global, error) {
	module, err := e.instance(instance)
	if err != nil {
		return nil, nil, err
	}
	global := module.ExportedGlobal(export)
	if global == nil {
		return nil, nil, fmt.Errorf("no exported global %q", export)
	}
	return module, global, nil
}

// memory finds an exported memory, and its size in bytes, which wazero's own method gives modulo 2^32.
func (e *engine) memory(instance, export string) (api.Memory, uint64, error) {
	module, err := e.instance(instance)
	if err != nil {
		return nil, 0, err
	}
	memory := module.ExportedMemory(export)
	if memory == nil {
		return nil, 0, fmt.Errorf("no exported memory %q", export)
	}
	pages, _ := memory.Grow(0)
	return memory, uint64(pages) << 16, nil
}

// forget lets go of what has these names. An instance has to be closed for that: wazero keeps all others.
func (e *engine) forget(module, instance, registered *string) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if registered != nil {
		delete(e.providers, *registered)
	}
	if instance != nil {
		if found, known := e.instances[*instance]; known {
			delete(e.instances, *instance)
			if err := found.Close(context.Background()); err != nil {
				return err
			}
		}
	}
	if module != nil {
		if found, known := e.modules[*module]; known {
			delete(e.modules, *module)
			return found.Close(context.Background())
		}
	}
	return nil
}

func closeInstance(instance api.Module) error {
	return instance.CloseWithExitCode(context.Background(), closedFromOutside)
}
