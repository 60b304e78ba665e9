import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.WasmArray;
import com.dylibso.chicory.runtime.WasmExternRef;
import com.dylibso.chicory.runtime.WasmGcRef;
import com.dylibso.chicory.runtime.WasmI31Ref;
import com.dylibso.chicory.runtime.WasmStruct;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.Locale;

/** Values of the protocol, and those of Chicory: longs, whose types stand elsewhere. */
final class Values {
    private Values() {}

    static long lower(Value value) throws Outcome {
        String bits = value.bits();
        if (bits == null) {
            return com.dylibso.chicory.wasm.types.Value.REF_NULL_VALUE;
        }
        try {
            return switch (value.type()) {
                case "i32", "f32" -> Integer.parseUnsignedInt(bits);
                case "i64", "f64", "func", "extern", "struct", "array", "exn" -> Long.parseUnsignedLong(bits);
                case "i31" -> com.dylibso.chicory.wasm.types.Value.encodeI31(Integer.parseUnsignedInt(bits));
                default -> throw Outcome.unsupported("values of type " + value.type());
            };
        } catch (NumberFormatException error) {
            throw Outcome.failed("no value of type " + value.type() + ": " + bits);
        }
    }

    static Value lift(long raw, ValType type, Instance instance) throws Outcome {
        if (!type.isReference()) {
            return switch (type.opcode()) {
                case ValType.ID.I32 -> new Value("i32", Integer.toUnsignedString((int) raw));
                case ValType.ID.F32 -> new Value("f32", Integer.toUnsignedString((int) raw));
                case ValType.ID.I64 -> new Value("i64", Long.toUnsignedString(raw));
                case ValType.ID.F64 -> new Value("f64", Long.toUnsignedString(raw));
                default -> throw Outcome.unsupported("values of type " + type);
            };
        }
        String hierarchy = hierarchy(type, instance);
        if (raw == com.dylibso.chicory.wasm.types.Value.REF_NULL_VALUE) {
            return new Value(hierarchy, null);
        }
        if (com.dylibso.chicory.wasm.types.Value.isI31(raw)) {
            return new Value("i31", Integer.toString(com.dylibso.chicory.wasm.types.Value.decodeI31U(raw)));
        }
        if (hierarchy.equals("any")) {
            WasmGcRef object = instance.gcRef((int) raw);
            if (object instanceof WasmI31Ref small) { // in compiled code
                return new Value("i31", Integer.toUnsignedString(small.value() & 0x7fff_ffff));
            }
            // What has been made internal is what it was outside, a number of ours, or an object around one.
            String outside = Long.toUnsignedString(object instanceof WasmExternRef made ? made.value() : raw);
            String kind = object instanceof WasmStruct ? "struct" : object instanceof WasmArray ? "array" : "extern";
            return new Value(kind, outside);
        }
        return new Value(hierarchy, Long.toUnsignedString(raw));
    }

    /** The top of the hierarchy that a type of references is in. */
    private static String hierarchy(ValType type, Instance instance) {
        for (Top top : Top.values()) {
            if (ValType.heapTypeSubtype(type.typeIdx(), top.code, instance.module().typeSection())) {
                return top.name().toLowerCase(Locale.ROOT);
            }
        }
        throw new IllegalStateException("a reference of type " + type);
    }

    private enum Top {
        FUNC(ValType.TypeIdxCode.FUNC),
        EXTERN(ValType.TypeIdxCode.EXTERN),
        ANY(ValType.TypeIdxCode.ANY),
        EXN(ValType.TypeIdxCode.EXN);

        private final int code;

        Top(ValType.TypeIdxCode code) {
            this.code = code.code();
        }
    }
}
