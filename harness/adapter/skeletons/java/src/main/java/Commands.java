import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The commands of the protocol, on behalf of scripts. Nothing here depends on the engine. */
final class Commands {
    /** The fields of every command. */
    static final Map<String, List<String>> FIELDS = Map.ofEntries(
            Map.entry("compile", List.of("module", "binary", "limits")),
            Map.entry("instantiate", List.of("instance", "module", "limits")),
            Map.entry("register", List.of("name", "instance")),
            Map.entry("host", List.of("name", "functions")),
            Map.entry("wasi", List.of("name", "args", "env", "stdin", "seed")),
            Map.entry("invoke", List.of("instance", "export", "args", "limits")),
            Map.entry("get", List.of("instance", "export")),
            Map.entry("set", List.of("instance", "export", "value")),
            Map.entry("read-memory", List.of("instance", "export", "offset", "length")),
            Map.entry("write-memory", List.of("instance", "export", "offset", "data")),
            Map.entry("close", List.of("instance")),
            Map.entry("drop", List.of("module", "instance", "registered")));

    private static final List<Value> NOTHING = List.of();

    private final Engine engine;
    private final Map<String, Engine.Module> modules = new ConcurrentHashMap<>();
    private final Map<String, Engine.Instance> instances = new ConcurrentHashMap<>();
    /** By the module name that imports have. */
    private final Map<String, Engine.Instance> imports = new ConcurrentHashMap<>();

    Commands(Engine engine) {
        this.engine = engine;
    }

    /** The values that a command returns; what else comes of it is thrown. */
    List<Value> run(Map<String, Object> command, Context context) throws Outcome {
        switch (text(command, "do")) {
            case "compile":
                modules.put(text(command, "module"), engine.compile(data(command, "binary")));
                return NOTHING;
            case "instantiate":
                Engine.Module module = named(modules, "module", text(command, "module"));
                Engine.Instance made = engine.instantiate(module, Map.copyOf(imports), context);
                instances.put(text(command, "instance"), made);
                return NOTHING;
            case "register":
                imports.put(text(command, "name"), instance(command));
                return NOTHING;
            case "host":
                throw Outcome.unsupported("functions of the host");
            case "wasi":
                throw Outcome.unsupported("WASI");
            case "invoke":
                List<?> args = (List<?>) command.getOrDefault("args", List.of());
                List<Value> given = args.stream().map(Value::of).toList();
                return instance(command).invoke(text(command, "export"), given, context);
            case "get":
                return List.of(instance(command).get(text(command, "export")));
            case "set":
                instance(command).set(text(command, "export"), Value.of(command.get("value")));
                return NOTHING;
            case "read-memory":
                return readMemory(command);
            case "write-memory":
                return writeMemory(command);
            case "close":
                instance(command).close();
                return NOTHING;
            case "drop":
                forget(modules, command.get("module"));
                forget(instances, command.get("instance"));
                forget(imports, command.get("registered"));
                return NOTHING;
            default:
                throw Outcome.failed("unknown command " + command.get("do"));
        }
    }

    /** Closes an instance from outside; there need not be one of that name. */
    void closeInstance(String name) {
        Engine.Instance found = instances.get(name);
        if (found != null) {
            found.close();
        }
    }

    /** The size, and the digest of a range in two halves. */
    private List<Value> readMemory(Map<String, Object> command) throws Outcome {
        byte[] memory = instance(command).memory(text(command, "export"));
        long offset = (Long) command.getOrDefault("offset", 0L);
        Long length = (Long) command.get("length");
        long end = length == null ? memory.length : offset + length;
        if (offset > memory.length || end > memory.length) {
            throw Outcome.failed(offset + " to " + end + " of " + memory.length);
        }
        byte[] digest = sha256(memory, (int) offset, (int) end);
        return List.of(
                new Value("i64", Integer.toString(memory.length)),
                new Value("v128", new BigInteger(1, Arrays.copyOf(digest, 16)).toString()),
                new Value("v128", new BigInteger(1, Arrays.copyOfRange(digest, 16, 32)).toString()));
    }

    private List<Value> writeMemory(Map<String, Object> command) throws Outcome {
        byte[] memory = instance(command).memory(text(command, "export"));
        byte[] data = data(command, "data");
        long offset = (Long) command.get("offset");
        if (offset > memory.length - data.length) {
            throw Outcome.failed(offset + " to " + (offset + data.length) + " of " + memory.length);
        }
        System.arraycopy(data, 0, memory, (int) offset, data.length);
        return NOTHING;
    }

    private static byte[] sha256(byte[] bytes, int from, int to) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, from, to - from);
            return digest.digest();
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError(error); // every JDK has it
        }
    }

    private Engine.Instance instance(Map<String, Object> command) throws Outcome {
        return named(instances, "instance", text(command, "instance"));
    }

    private static <T> T named(Map<String, T> things, String kind, String name) throws Outcome {
        T found = things.get(name);
        if (found == null) {
            throw Outcome.failed("no " + kind + " named " + name);
        }
        return found;
    }

    private static void forget(Map<String, ?> things, Object name) {
        if (name != null) {
            things.remove(name);
        }
    }

    private static String text(Map<String, Object> command, String field) {
        return (String) command.get(field);
    }

    private static byte[] data(Map<String, Object> command, String field) {
        return Base64.getDecoder().decode(text(command, field));
    }
}
