import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.Store;
import com.dylibso.chicory.wasm.types.MutabilityType;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** An instance. */
final class Guest implements Provider {
    private static final int PIECE = 1 << 20;

    final Instance instance;
    /** Chicory's instances are for one thread at a time. */
    final ReentrantLock alone = new ReentrantLock();
    private final Collection<Guest> imports;
    private volatile boolean closed;

    Guest(Instance instance, Collection<Guest> imports) {
        this.instance = instance;
        this.imports = imports;
    }

    /** Whether it was closed, or one that it imports from, directly or not. */
    boolean closed() {
        return closed || imports.stream().anyMatch(Guest::closed);
    }

    void close() {
        closed = true;
    }

    @Override
    public void provide(String name, Store store) {
        store.register(name, instance);
    }

    /** The value of an exported global. */
    Value get(String export) throws Outcome {
        GlobalInstance global = instance.exports().global(export);
        return Values.lift(global.getValue(), global.getType(), instance);
    }

    void set(String export, Value value) throws Outcome {
        GlobalInstance global = instance.exports().global(export);
        if (global.getMutabilityType() != MutabilityType.Var) {
            throw Outcome.failed("the global " + export + " is immutable");
        }
        global.setValue(Values.lower(value));
    }

    /** The size of a memory, and the digest of a range in two halves. */
    List<Value> read(String export, long offset, Long length) throws Outcome {
        Memory memory = instance.exports().memory(export);
        long size = (long) memory.pages() * Memory.PAGE_SIZE;
        long end = length == null ? size : offset + length;
        if (offset < 0 || offset > end || end > size) { // below zero are those beyond 2^63
            throw Outcome.failed(Long.toUnsignedString(offset) + " to " + end + " of " + size);
        }
        MessageDigest digest = sha256();
        for (long at = offset; at < end; at += PIECE) {
            digest.update(memory.readBytes((int) at, (int) Math.min(PIECE, end - at)));
        }
        byte[] sum = digest.digest();
        return List.of(
                new Value("i64", Long.toString(size)),
                new Value("v128", new BigInteger(1, Arrays.copyOf(sum, 16)).toString()),
                new Value("v128", new BigInteger(1, Arrays.copyOfRange(sum, 16, 32)).toString()));
    }

    void write(String export, long offset, byte[] data) throws Outcome {
        Memory memory = instance.exports().memory(export);
        long size = (long) memory.pages() * Memory.PAGE_SIZE;
        if (offset < 0 || offset > size - data.length) {
            throw Outcome.failed(data.length + " bytes at " + Long.toUnsignedString(offset) + " of " + size);
        }
        memory.write((int) offset, data);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError(error); // every JDK has it
        }
    }
}
