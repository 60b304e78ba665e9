import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Store;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.List;
import java.util.Map;

/** The functions of the host that scenarios import. */
final class Host implements Provider {
    /** The work of a function, on behalf of a call. */
    private interface Body {
        void run(Call call, long[] args);
    }

    private static final Map<String, Body> BODIES = Map.of(
            "nop", (call, args) -> {},
            "sleep", Host::sleep,
            "sleep-deaf", Host::sleepDeaf,
            "cancel", (call, args) -> call.context.cancel(),
            "reenter", (call, args) -> inner(call),
            "reenter-background", Host::reenterBackground,
            "swallow", Host::swallow);

    private final List<String> names;

    Host(List<String> names) throws Outcome {
        for (String name : names) {
            if (!BODIES.containsKey(name)) {
                throw Outcome.failed("no host function " + name);
            }
        }
        this.names = names;
    }

    @Override
    public void provide(String module, Store store) {
        for (String name : names) {
            List<ValType> params = name.startsWith("sleep") ? List.of(ValType.I32) : List.of();
            Body body = BODIES.get(name);
            FunctionType type = FunctionType.of(params, List.of());
            store.addFunction(new HostFunction(module, name, type, (Instance instance, long... args) -> {
                body.run(Call.current(), args);
                return new long[0];
            }));
        }
    }

    private static long end(long[] args) {
        return Context.now() + Integer.toUnsignedLong((int) args[0]) * 1_000_000;
    }

    private static void sleep(Call call, long[] args) {
        try {
            call.context.sleep(end(args));
            if (call.context.cause() == null) {
                return;
            }
        } catch (InterruptedException woken) {
            Thread.currentThread().interrupt(); // so that those who called find it too
        }
        throw new ChicoryInterruptedException("asleep");
    }

    private static void sleepDeaf(Call call, long[] args) {
        long end = end(args);
        boolean interrupted = false;
        for (long left = end - Context.now(); left > 0; left = end - Context.now()) {
            try {
                Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException heard) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void inner(Call call) {
        if (call.guest == null) {
            throw new IllegalStateException("the instance being instantiated has no exports to enter yet");
        }
        call.guest.instance.export("inner").apply();
    }

    private static void reenterBackground(Call call, long[] args) {
        call.runDeaf(() -> inner(call));
    }

    private static void swallow(Call call, long[] args) {
        try {
            inner(call);
        } catch (ChicoryInterruptedException swallowed) {
            // and the thread stays interrupted, so that what follows is, too
        }
    }
}
