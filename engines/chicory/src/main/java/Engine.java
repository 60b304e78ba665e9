import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Store;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.Version;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Chicory. */
final class Engine {
    /** By the names of harness/standard/features.py; there is no switch for any of them. */
    static final List<String> FEATURES = List.of(
            "mvp",
            "mutable-globals",
            "sign-extension",
            "saturating-conversions",
            "multi-value",
            "reference-types",
            "bulk-memory",
            "extended-const",
            "tail-call",
            "multi-memory",
            "function-references",
            "gc",
            "exceptions",
            "threads");

    static final List<String> COVERS = List.of("instantiate", "host", "blocking");
    static final String VERSION = Version.version();

    private final boolean compiles;
    private final boolean interruptible;
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();

    /**
     * A module that is valid.
     *
     * @param machines what runs its instances, null for the interpreter
     */
    record Module(WasmModule syntax, Function<Instance, Machine> machines) {}

    /** What a call comes to. */
    private interface Body<T> {
        T run(Call call) throws Outcome;
    }

    Engine(boolean compiles, boolean interruptible) {
        this.compiles = compiles;
        this.interruptible = interruptible;
    }

    /** Decodes, validates and translates. */
    Module compile(byte[] binary) throws Outcome {
        try {
            WasmModule syntax = Parser.parse(binary);
            return new Module(syntax, compiles ? MachineFactoryCompiler.compile(syntax) : null);
        } catch (ChicoryException error) {
            throw Errors.ofCompilation(error);
        }
    }

    /** Links and runs active segments and the start function, all under the context. */
    Guest instantiate(Module module, Map<String, Provider> imports, Context context) throws Outcome {
        Map<String, Provider> used = new LinkedHashMap<>();
        module.syntax().importSection().stream()
                .filter(wanted -> imports.containsKey(wanted.module()))
                .forEach(wanted -> used.put(wanted.module(), imports.get(wanted.module())));
        Store store = new Store();
        used.forEach((name, provider) -> provider.provide(name, store));
        Instance.Builder builder = Instance.builder(module.syntax())
                .withImportValues(store.toImportValues())
                // Without a start section, Chicory would run an export named _start.
                .withStart(module.syntax().startSection().isPresent());
        if (module.machines() != null) {
            builder.withMachineFactory(module.machines());
        }
        Instance instance = run(context, null, call -> {
            try {
                return builder.build();
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
                throw Errors.ofInstantiation(error, call);
            }
        });
        Collection<Guest> guests = new ArrayList<>();
        for (Provider provider : used.values()) {
            if (provider instanceof Guest guest) {
                guests.add(guest);
            }
        }
        return new Guest(instance, guests);
    }

    /** Calls an exported function. */
    List<Value> invoke(Guest guest, String export, List<Value> args, Context context) throws Outcome {
        FunctionType type = guest.instance.exportType(export);
        if (type.params().size() != args.size()) {
            throw Outcome.failed(args.size() + " arguments instead of " + type.params().size());
        }
        long[] given = new long[args.size()];
        for (int at = 0; at < given.length; at++) {
            given[at] = Values.lower(args.get(at));
        }
        if (guest.closed()) {
            throw Outcome.interrupted("closed");
        }
        return run(context, guest, call -> {
            List<Value> values = new ArrayList<>();
            try {
                long[] results = guest.instance.export(export).apply(given);
                for (int at = 0; at < type.returns().size(); at++) {
                    values.add(Values.lift(results[at], type.returns().get(at), guest.instance));
                }
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
                throw Errors.ofCall(error, call);
            }
            return values;
        });
    }

    /** Closes an instance: calls that may come to it are interrupted, later ones refused. */
    void close(Guest guest) {
        guest.close();
        calls.stream().filter(call -> call.guest != null && call.guest.closed()).forEach(Call::interrupt);
    }

    private <T> T run(Context context, Guest guest, Body<T> body) throws Outcome {
        Call call = new Call(context, guest, interruptible);
        calls.add(call);
        boolean alone = false;
        try {
            if (interruptible && call.cause() != null) {
                throw Outcome.interrupted(call.cause());
            }
            if (guest != null) {
                guest.alone.lockInterruptibly();
                alone = true;
            }
            return body.run(call);
        } catch (InterruptedException waiting) {
            throw Outcome.interrupted(call.cause());
        } finally {
            if (alone) {
                guest.alone.unlock();
            }
            calls.remove(call);
            call.end();
        }
    }
}
