import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** What came of a command other than that it returned. */
final class Outcome extends Exception {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_MESSAGE = 4096;

    private final String is;
    private final String field;
    private final String text;

    private Outcome(String is, String field, String text) {
        super(is + ": " + text, null, false, false);
        this.is = is;
        this.field = field;
        this.text = text;
    }

    static JsonObject returned(List<Value> values) {
        JsonObject outcome = new JsonObject();
        outcome.addProperty("is", "returned");
        if (!values.isEmpty()) {
            JsonArray array = new JsonArray();
            values.forEach(value -> array.add(value.json()));
            outcome.add("values", array);
        }
        return outcome;
    }

    static Outcome malformed(String message) {
        return new Outcome("malformed", "message", message);
    }

    static Outcome invalid(String message) {
        return new Outcome("invalid", "message", message);
    }

    static Outcome unlinkable(String message) {
        return new Outcome("unlinkable", "message", message);
    }

    static Outcome unsupported(String message) {
        return new Outcome("unsupported", "message", message);
    }

    static Outcome failed(String message) {
        return new Outcome("failed", "message", message);
    }

    /** In the words of the official test suite. */
    static Outcome trapped(String kind) {
        return new Outcome("trapped", "kind", kind);
    }

    static Outcome exhausted() {
        return new Outcome("exhausted", "", "");
    }

    static Outcome uncaught() {
        return new Outcome("uncaught", "", "");
    }

    /** The cause is deadline, cancelled or closed. */
    static Outcome interrupted(String cause) {
        return new Outcome("interrupted", "cause", cause);
    }

    JsonObject json() {
        JsonObject outcome = new JsonObject();
        outcome.addProperty("is", is);
        if (!field.isEmpty()) {
            outcome.addProperty(field, text.substring(0, Math.min(text.length(), LONGEST_MESSAGE)));
        }
        return outcome;
    }
}
