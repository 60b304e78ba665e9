import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.WasmException;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.InvalidException;
import com.dylibso.chicory.wasm.MalformedException;
import com.dylibso.chicory.wasm.UnlinkableException;
import java.util.List;
import java.util.Map;

/** What Chicory throws, as outcomes. */
final class Errors {
    /** The traps of the standard, by words that occur in Chicory's messages; the longer before what they contain. */
    private static final List<String> TRAPS = List.of(
            "out of bounds memory access",
            "out of bounds table access",
            "out of bounds array access",
            "integer divide by zero",
            "integer overflow",
            "invalid conversion to integer",
            "undefined element",
            "uninitialized element",
            "indirect call type mismatch",
            "null function reference",
            "null structure reference",
            "null array reference",
            "null i31 reference",
            "null exception reference",
            "null reference",
            "cast failure",
            "unaligned atomic",
            "unreachable");

    /** And those for which it has words of its own. */
    private static final Map<String, String> OTHERS =
            Map.of("Attempt to wait on a non-shared memory", "expected shared memory");

    private Errors() {}

    /** Of decoding and validation. */
    static Outcome ofCompilation(ChicoryException error) {
        if (error instanceof InvalidException) {
            return Outcome.invalid(words(error));
        }
        if (error instanceof MalformedException) {
            return Outcome.malformed(words(error));
        }
        return Outcome.failed(error.toString());
    }

    /** Of linking, active segments or a start function, which ran as this call. */
    static Outcome ofInstantiation(Throwable error, Call call) {
        return error instanceof UnlinkableException ? Outcome.unlinkable(words(error)) : ofCall(error, call);
    }

    static Outcome ofCall(Throwable error, Call call) {
        if (error instanceof ChicoryInterruptedException && call.cause() != null) {
            return Outcome.interrupted(call.cause());
        }
        if (error instanceof WasmException) {
            return Outcome.uncaught();
        }
        if (error instanceof OutOfMemoryError) {
            return Outcome.trapped("out of memory");
        }
        if (error instanceof StackOverflowError || words(error).startsWith("call stack exhausted")) {
            return Outcome.exhausted();
        }
        if (error instanceof ChicoryException) {
            for (String trap : TRAPS) {
                if (words(error).contains(trap)) {
                    return Outcome.trapped(trap);
                }
            }
            for (String other : OTHERS.keySet()) {
                if (words(error).startsWith(other)) {
                    return Outcome.trapped(OTHERS.get(other));
                }
            }
        }
        return Outcome.failed(error.toString());
    }

    private static String words(Throwable error) {
        return String.valueOf(error.getMessage());
    }
}
