import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An engine of stopwat: Chicory, behind the protocol of docs/protocol.md, on standard input and output.
 *
 * <p>Main, Commands, Context, Outcome and Value are the protocol; the rest is Chicory.
 */
final class Main {
    private static final TypeAdapter<JsonElement> JSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .create()
            .getAdapter(JsonElement.class);

    /** The fields of every message. */
    private static final Map<String, List<String>> FIELDS = Map.of(
            "hello", List.of("version", "interruptible", "features"),
            "script", List.of("id", "commands"),
            "cancel", List.of("id"),
            "close-instance", List.of("instance"),
            "shutdown", List.of());

    private static final PrintStream OUTPUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    private final boolean compiles;
    private Commands commands; // once it has been greeted
    /** Of the commands that run and have limits, by the id of their script. */
    private final Map<Long, Context> contexts = new ConcurrentHashMap<>();

    private Main(boolean compiles) {
        this.compiles = compiles;
    }

    /** Its one argument is interpreter or compiler. */
    public static void main(String[] args) {
        System.setOut(System.err); // standard output belongs to the protocol
        int status = 0;
        try {
            new Main(args[0].equals("compiler")).serve();
        } catch (IOException | RuntimeException error) {
            System.err.println("stopwat chicory: " + error);
            status = 1;
        }
        // Calls that run on do not keep the process: their threads go with it.
        Runtime.getRuntime().halt(status);
    }

    /** Heeds messages until it is told to end; the end of the input is an error, as nobody says how it goes on. */
    private void serve() throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonObject message = JSON.fromJson(line).getAsJsonObject();
            known(FIELDS, "say", message);
            String say = message.get("say").getAsString();
            if (say.equals("hello") != (commands == null)) {
                throw new JsonParseException(say + " at the wrong time");
            }
            switch (say) {
                case "hello" -> greet(message);
                case "script" -> start(message);
                case "cancel" -> {
                    Context context = contexts.get(message.get("id").getAsLong());
                    if (context != null) {
                        context.cancel();
                    }
                }
                case "close-instance" -> commands.closeInstance(message.get("instance").getAsString());
                default -> {
                    return; // shutdown
                }
            }
        }
        throw new IOException("the input has ended");
    }

    /** Refuses words and fields that the protocol does not have. */
    private static void known(Map<String, List<String>> table, String kind, JsonObject message) {
        JsonElement word = message.get(kind);
        List<String> fields = word == null ? null : table.get(word.getAsString());
        if (fields == null) {
            throw new JsonParseException("unknown " + kind + " " + word);
        }
        for (String field : message.keySet()) {
            if (!field.equals(kind) && !fields.contains(field)) {
                throw new JsonParseException("unknown field " + field);
            }
        }
    }

    private void greet(JsonObject hello) {
        if (hello.has("version") && hello.get("version").getAsInt() != 1) {
            throw new JsonParseException("unknown version of the protocol: " + hello.get("version"));
        }
        JsonElement wanted = hello.get("features");
        List<String> features = Engine.FEATURES.stream()
                .filter(name -> wanted == null
                        || wanted.isJsonNull()
                        || wanted.getAsJsonArray().contains(new JsonPrimitive(name)))
                .toList();
        boolean interruptible = hello.has("interruptible") && hello.get("interruptible").getAsBoolean();
        commands = new Commands(new Engine(compiles, interruptible));
        JsonObject capabilities = new JsonObject();
        capabilities.add("features", Value.array(features));
        capabilities.addProperty("interrupts", "polls");
        capabilities.addProperty("after_interrupt", "reusable");
        capabilities.add("covers", Value.array(Engine.COVERS));
        JsonObject welcome = new JsonObject();
        welcome.addProperty("say", "welcome");
        welcome.addProperty("engine", compiles ? "chicory-compiler" : "chicory-interpreter");
        welcome.addProperty("engine_version", Engine.VERSION);
        welcome.add("capabilities", capabilities);
        say(welcome);
    }

    /** Runs a script on a thread of its own. */
    private void start(JsonObject script) {
        for (JsonElement command : script.getAsJsonArray("commands")) {
            known(Commands.FIELDS, "do", command.getAsJsonObject());
        }
        Thread thread = new Thread(() -> run(script));
        thread.setDaemon(true);
        thread.start();
    }

    /** Runs commands in order and answers each. */
    private void run(JsonObject script) {
        long id = script.get("id").getAsLong();
        int index = 0;
        for (JsonElement element : script.getAsJsonArray("commands")) {
            JsonObject command = element.getAsJsonObject();
            JsonElement limits = command.has("limits") ? command.get("limits") : JsonNull.INSTANCE;
            long started = Context.now();
            Context context = limits.isJsonNull() ? Context.background() : new Context(limits.getAsJsonObject(), started);
            if (!limits.isJsonNull()) {
                contexts.put(id, context);
                JsonObject announcement = about("started", id, index);
                announcement.addProperty("at", started);
                say(announcement);
            }
            JsonObject outcome = outcome(command, context);
            long ended = Context.now();
            contexts.remove(id);
            Long done = context.release();
            JsonObject result = about("result", id, index);
            result.add("outcome", outcome);
            result.addProperty("started", started);
            result.addProperty("ended", ended);
            if (done != null && done <= ended) {
                result.addProperty("done", done);
            }
            say(result);
            index++;
        }
    }

    /** What comes of a command, whatever happens. */
    private JsonObject outcome(JsonObject command, Context context) {
        try {
            return Outcome.returned(commands.run(command, context));
        } catch (Outcome outcome) {
            return outcome.json();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
            return Outcome.failed(error.toString()).json();
        }
    }

    private static JsonObject about(String say, long id, int index) {
        JsonObject reply = new JsonObject();
        reply.addProperty("say", say);
        reply.addProperty("id", id);
        reply.addProperty("index", index);
        return reply;
    }

    /** Writes one reply, whole and at once. */
    private static void say(JsonObject message) {
        synchronized (OUTPUT) {
            OUTPUT.print(message + "\n");
            OUTPUT.flush();
        }
    }
}
