import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The commands of the protocol, on behalf of scripts, and what has been made, by the names the supervisor gave. */
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
    private final Map<String, Guest> instances = new ConcurrentHashMap<>();
    /** By the module name that imports have. */
    private final Map<String, Provider> imports = new ConcurrentHashMap<>();

    Commands(Engine engine) {
        this.engine = engine;
    }

    /** The values that a command returns; what else comes of it is thrown. */
    List<Value> run(JsonObject command, Context context) throws Outcome {
        switch (text(command, "do")) {
            case "compile" -> modules.put(text(command, "module"), engine.compile(data(command, "binary")));
            case "instantiate" -> {
                Engine.Module module = named(modules, "module", text(command, "module"));
                instances.put(text(command, "instance"), engine.instantiate(module, Map.copyOf(imports), context));
            }
            case "register" -> imports.put(text(command, "name"), instance(command));
            case "host" -> imports.put(text(command, "name"), new Host(texts(command, "functions")));
            case "wasi" -> throw Outcome.unsupported("WASI");
            case "invoke" -> {
                List<Value> args = new ArrayList<>();
                if (command.has("args")) {
                    command.getAsJsonArray("args").forEach(pair -> args.add(Value.of(pair)));
                }
                return engine.invoke(instance(command), text(command, "export"), args, context);
            }
            case "get" -> {
                return List.of(instance(command).get(text(command, "export")));
            }
            case "set" -> instance(command).set(text(command, "export"), Value.of(command.get("value")));
            case "read-memory" -> {
                JsonElement length = command.get("length");
                return instance(command)
                        .read(
                                text(command, "export"),
                                command.has("offset") ? command.get("offset").getAsLong() : 0,
                                length == null || length.isJsonNull() ? null : length.getAsLong());
            }
            case "write-memory" -> instance(command)
                    .write(text(command, "export"), command.get("offset").getAsLong(), data(command, "data"));
            case "close" -> engine.close(instance(command));
            default -> { // drop
                forget(modules, command.get("module"));
                forget(instances, command.get("instance"));
                forget(imports, command.get("registered"));
            }
        }
        return NOTHING;
    }

    /** Closes an instance from outside; there need not be one of that name. */
    void closeInstance(String name) {
        Guest found = instances.get(name);
        if (found != null) {
            engine.close(found);
        }
    }

    private Guest instance(JsonObject command) throws Outcome {
        return named(instances, "instance", text(command, "instance"));
    }

    private static <T> T named(Map<String, T> things, String kind, String name) throws Outcome {
        T found = things.get(name);
        if (found == null) {
            throw Outcome.failed("no " + kind + " named " + name);
        }
        return found;
    }

    private static void forget(Map<String, ?> things, JsonElement name) {
        if (name != null && !name.isJsonNull()) {
            things.remove(name.getAsString());
        }
    }

    private static String text(JsonObject command, String field) {
        return command.get(field).getAsString();
    }

    private static List<String> texts(JsonObject command, String field) {
        JsonArray array = command.getAsJsonArray(field);
        return array.asList().stream().map(JsonElement::getAsString).toList();
    }

    private static byte[] data(JsonObject command, String field) {
        return Base64.getDecoder().decode(text(command, field));
    }
}
