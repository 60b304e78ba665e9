import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The engine. Replace this class by one that has the same names and calls yours: what is here is a toy. It runs
 * functions of constants, parameters, `unreachable` and endless loops, and says of all else that it does not offer
 * it.
 */
final class Engine {
    static final String NAME = "my-engine";
    static final String VERSION = "0";
    static final List<String> FEATURES = List.of("mvp");
    static final String INTERRUPTS = "polls";
    static final String AFTER_INTERRUPT = "closed";
    static final List<String> COVERS = List.of();
    static final List<String> IMPORTS = List.of();

    private final boolean interruptible;

    /** Throws UnsupportedOperationException, with what would bring it, if it cannot be had here. */
    Engine(boolean interruptible, List<String> features) {
        this.interruptible = interruptible;
    }

    /** Decodes and validates. */
    Module compile(byte[] binary) throws Outcome {
        byte[] magic = {0, 'a', 's', 'm', 1, 0, 0, 0};
        if (!Arrays.equals(magic, Arrays.copyOf(binary, magic.length))) {
            throw Outcome.malformed("no magic number, or another version");
        }
        return new Module(new Reader(ByteBuffer.wrap(binary, magic.length, binary.length - magic.length).slice()));
    }

    /** Links and runs active segments and the start function, all under the context. */
    Instance instantiate(Module module, Map<String, Instance> imports, Context context) {
        return new Instance(module, interruptible);
    }

    /** An instance; several threads may use it at once. */
    static final class Instance {
        private final Module module;
        private final boolean interruptible;
        /** Why it is closed, null if it is not. */
        private final AtomicReference<String> cause = new AtomicReference<>();

        private Instance(Module module, boolean interruptible) {
            this.module = module;
            this.interruptible = interruptible;
        }

        /** Calls an exported function. */
        List<Value> invoke(String export, List<Value> args, Context context) throws Outcome {
            List<Instruction> body = module.exports.get(export);
            if (body == null) {
                throw Outcome.failed("no exported function " + export);
            }
            if (cause.get() != null) {
                throw Outcome.interrupted(cause.get());
            }
            List<Value> stack = new ArrayList<>();
            for (Instruction one : body) {
                if (one.opcode == Instruction.UNREACHABLE) {
                    throw Outcome.trapped("unreachable");
                }
                while (one.opcode == Instruction.LOOP) {
                    poll(context);
                }
                stack.add(one.opcode == Instruction.LOCAL_GET ? args.get(one.local) : one.value);
            }
            return stack;
        }

        /** Stops if it is time to; after that the instance is closed. */
        private void poll(Context context) throws Outcome {
            if (!interruptible) {
                return;
            }
            if (context.cause() != null) {
                cause.compareAndSet(null, context.cause());
            }
            if (cause.get() != null) {
                throw Outcome.interrupted(cause.get());
            }
        }

        /** The value of an exported global. */
        Value get(String export) throws Outcome {
            throw Outcome.unsupported("globals");
        }

        /** Sets an exported global. */
        void set(String export, Value value) throws Outcome {
            throw Outcome.unsupported("globals");
        }

        /** An exported memory: the bytes themselves. */
        byte[] memory(String export) throws Outcome {
            throw Outcome.unsupported("memories");
        }

        /** Interrupts the calls that run in it; later ones are refused. */
        void close() {
            cause.compareAndSet(null, "closed");
        }
    }

    // From here on: how the toy reads modules.

    private record Instruction(int opcode, int local, Value value) {
        static final int UNREACHABLE = 0x00;
        static final int LOOP = 0x03;
        static final int END = 0x0b;
        static final int LOCAL_GET = 0x20;
        static final int I32_CONST = 0x41;
        static final int I64_CONST = 0x42;
        /** What follows LOOP in one that does nothing for ever: its type, a branch to itself, its end. */
        static final byte[] ENDLESS = {0x40, 0x0c, 0, END};
    }

    private record Reader(ByteBuffer bytes) {
        byte[] take(int count) throws Outcome {
            if (count < 0 || count > bytes.remaining()) {
                throw Outcome.malformed("unexpected end");
            }
            byte[] taken = new byte[count];
            bytes.get(taken);
            return taken;
        }

        Reader part() throws Outcome {
            return new Reader(ByteBuffer.wrap(take(u32())));
        }

        int octet() throws Outcome {
            return take(1)[0] & 0xff;
        }

        long leb(boolean signed) throws Outcome {
            long number = 0;
            for (int shift = 0; shift < 64; ) {
                int octet = octet();
                number |= (octet & 0x7fL) << shift;
                shift += 7;
                if (octet < 0x80) {
                    return signed && (octet & 0x40) != 0 && shift < 64 ? number - (1L << shift) : number;
                }
            }
            throw Outcome.malformed("integer too long");
        }

        int u32() throws Outcome {
            return (int) leb(false);
        }
    }

    /** A module has been decoded and validated. */
    static final class Module {
        private final Map<String, List<Instruction>> exports = new HashMap<>();
        /** How many, by type. */
        private final List<Integer> results = new ArrayList<>();
        private final List<Integer> types = new ArrayList<>();
        private final List<List<Instruction>> bodies = new ArrayList<>();

        private Module(Reader reader) throws Outcome {
            Map<String, Integer> functions = new HashMap<>();
            while (reader.bytes.hasRemaining()) {
                int id = reader.octet();
                Reader content = reader.part();
                if (id == 0) {
                    continue; // a custom section says nothing to us
                }
                if (id != 1 && id != 3 && id != 7 && id != 10) {
                    throw Outcome.unsupported("section " + id);
                }
                for (int count = content.u32(); count > 0; count--) {
                    if (id == 1) {
                        content.octet();
                        content.part();
                        results.add(content.part().bytes.remaining());
                    } else if (id == 3) {
                        types.add(content.u32());
                    } else if (id == 7) {
                        String name = new String(content.take(content.u32()), StandardCharsets.UTF_8);
                        if (content.octet() != 0) {
                            throw Outcome.unsupported("exports of other kinds than functions");
                        }
                        functions.put(name, content.u32());
                    } else {
                        bodies.add(body(content.part(), results.get(types.get(bodies.size()))));
                    }
                }
            }
            functions.forEach((name, index) -> exports.put(name, bodies.get(index)));
        }

        private static List<Instruction> body(Reader reader, int results) throws Outcome {
            if (reader.u32() != 0) {
                throw Outcome.unsupported("locals");
            }
            List<Instruction> body = new ArrayList<>();
            boolean reachable = true;
            for (int opcode = reader.octet(); opcode != Instruction.END; opcode = reader.octet()) {
                int local = 0;
                Value value = null;
                switch (opcode) {
                    case Instruction.UNREACHABLE:
                        reachable = false;
                        break;
                    case Instruction.LOOP:
                        if (!Arrays.equals(Instruction.ENDLESS, reader.take(4))) {
                            throw Outcome.unsupported("loops that do more than go on");
                        }
                        reachable = false;
                        break;
                    case Instruction.LOCAL_GET:
                        local = reader.u32();
                        break;
                    case Instruction.I32_CONST:
                        value = new Value("i32", Integer.toUnsignedString((int) reader.leb(true)));
                        break;
                    case Instruction.I64_CONST:
                        value = new Value("i64", Long.toUnsignedString(reader.leb(true)));
                        break;
                    default:
                        throw Outcome.unsupported("instruction 0x" + Integer.toHexString(opcode));
                }
                body.add(new Instruction(opcode, local, value));
            }
            if (reachable && body.size() != results) {
                throw Outcome.invalid(body.size() + " values are left, not " + results);
            }
            return body;
        }
    }
}
