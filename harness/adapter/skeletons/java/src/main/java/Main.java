import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An adapter of stopwat: an engine behind the protocol, on standard input and output. What depends on the engine
 * is in Engine.java, and nowhere else.
 */
final class Main {
    /** The fields of every message. */
    private static final Map<String, List<String>> FIELDS = Map.of(
            "hello", List.of("version", "interruptible", "features"),
            "script", List.of("id", "commands"),
            "cancel", List.of("id"),
            "close-instance", List.of("instance"),
            "shutdown", List.of());

    private static final PrintStream OUTPUT = new PrintStream(
            new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    private Commands commands; // once it has been greeted
    /** Of the commands that run and have limits, by the id of their script. */
    private final Map<Object, Context> contexts = new ConcurrentHashMap<>();

    public static void main(String[] args) {
        System.setOut(System.err); // standard output belongs to the protocol, whatever an engine prints
        int status = 0;
        try {
            new Main().serve();
        } catch (IOException | IllegalArgumentException | ClassCastException error) {
            System.err.println("my-engine: " + error.getMessage());
            status = 1;
        }
        // Calls that run on do not keep the process: their memory goes with it.
        Runtime.getRuntime().halt(status);
    }

    /** Heeds messages until it is told to end, or there are no more. */
    private void serve() throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            Map<String, Object> message = object(Json.parse(line));
            known(FIELDS, "say", message);
            String say = (String) message.get("say");
            if (say.equals("hello") != (commands == null)) {
                throw new IllegalArgumentException(say + " at the wrong time");
            }
            switch (say) {
                case "hello":
                    if (!greet(message)) {
                        return;
                    }
                    break;
                case "script":
                    for (Object command : (List<?>) message.get("commands")) {
                        known(Commands.FIELDS, "do", object(command));
                    }
                    Thread thread = new Thread(() -> run(message));
                    thread.setDaemon(true);
                    thread.start();
                    break;
                case "cancel":
                    Context context = contexts.get(message.get("id"));
                    if (context != null) {
                        context.cancel();
                    }
                    break;
                case "close-instance":
                    commands.closeInstance((String) message.get("instance"));
                    break;
                default: // shutdown
                    return;
            }
        }
    }

    /** Refuses words and fields that the protocol does not have. */
    private static void known(Map<String, List<String>> table, String kind, Map<String, Object> message) {
        List<String> fields = table.get(String.valueOf(message.get(kind)));
        if (fields == null) {
            throw new IllegalArgumentException("unknown " + kind + " " + message.get(kind));
        }
        for (String field : message.keySet()) {
            if (!field.equals(kind) && !fields.contains(field)) {
                throw new IllegalArgumentException("unknown field " + field);
            }
        }
    }

    /** Makes the engine as the first message asks; whether it can be had here. */
    private boolean greet(Map<String, Object> hello) {
        if (!Long.valueOf(1).equals(hello.getOrDefault("version", 1L))) {
            throw new IllegalArgumentException("unknown version of the protocol: " + hello.get("version"));
        }
        List<?> wanted = (List<?>) hello.get("features");
        List<String> features =
                Engine.FEATURES.stream().filter(name -> wanted == null || wanted.contains(name)).toList();
        try {
            commands = new Commands(new Engine(Boolean.TRUE.equals(hello.get("interruptible")), features));
        } catch (UnsupportedOperationException error) {
            say(fields("say", "unavailable", "reason", error.getMessage()));
            return false;
        }
        Map<String, Object> capabilities = fields(
                "features", features,
                "interrupts", Engine.INTERRUPTS,
                "after_interrupt", Engine.AFTER_INTERRUPT,
                "covers", Engine.COVERS,
                "imports", Engine.IMPORTS);
        say(fields(
                "say", "welcome",
                "engine", Engine.NAME,
                "engine_version", Engine.VERSION,
                "capabilities", capabilities));
        return true;
    }

    /** Runs commands in order and answers each. */
    private void run(Map<String, Object> script) {
        Object id = script.get("id");
        List<?> wanted = (List<?>) script.get("commands");
        for (int index = 0; index < wanted.size(); index++) {
            Map<String, Object> command = object(wanted.get(index));
            long started = Context.now();
            Map<?, ?> limits = (Map<?, ?>) command.get("limits");
            Context context = new Context(limits, started);
            if (limits != null) {
                contexts.put(id, context);
                say(fields("say", "started", "id", id, "index", index, "at", started));
            }
            Map<String, Object> outcome = outcome(command, context);
            long ended = Context.now();
            contexts.remove(id);
            Map<String, Object> result = fields(
                    "say", "result", "id", id, "index", index, "outcome", outcome, "started", started, "ended", ended);
            if (context.done() != null) {
                result.put("done", context.done());
            }
            say(result);
        }
    }

    /** What comes of a command, whatever happens. */
    private Map<String, Object> outcome(Map<String, Object> command, Context context) {
        try {
            List<Value> values = commands.run(command, context);
            return fields("is", "returned", "values", values.stream().map(Value::json).toList());
        } catch (Outcome outcome) {
            return outcome.json();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
            return Outcome.failed(error.toString()).json();
        }
    }

    /** Writes one reply, whole and at once. */
    private static void say(Map<String, Object> message) {
        synchronized (OUTPUT) {
            OUTPUT.print(Json.write(message) + "\n");
            OUTPUT.flush();
        }
    }

    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int at = 0; at < namesAndValues.length; at += 2) {
            fields.put((String) namesAndValues[at], namesAndValues[at + 1]);
        }
        return fields;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }
}
