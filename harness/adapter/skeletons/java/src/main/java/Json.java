import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON: objects are maps, arrays lists, numbers longs (what is none stays text), and null is null. */
final class Json {
    private static final int DEEPEST = 64;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Reads one value that is the whole of the text; throws IllegalArgumentException. */
    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.space();
        if (json.at < text.length()) {
            throw json.unexpected();
        }
        return value;
    }

    /** Writes maps, lists, strings, numbers and null. */
    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> fields) {
            String between = "{";
            for (Map.Entry<?, ?> field : fields.entrySet()) {
                out.append(between);
                write(field.getKey(), out);
                out.append(':');
                write(field.getValue(), out);
                between = ",";
            }
            out.append(fields.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> items) {
            String between = "[";
            for (Object item : items) {
                out.append(between);
                write(item, out);
                between = ",";
            }
            out.append(items.isEmpty() ? "[]" : "]");
        } else if (value instanceof String string) {
            out.append('"');
            for (char unit : string.toCharArray()) {
                if (unit == '"' || unit == '\\') {
                    out.append('\\').append(unit);
                } else if (unit < ' ' || Character.isSurrogate(unit)) {
                    out.append(String.format("\\u%04x", (int) unit));
                } else {
                    out.append(unit);
                }
            }
            out.append('"');
        } else {
            out.append(value);
        }
    }

    private Object value(int depth) {
        space();
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("not of the protocol: nested too deeply");
        }
        if (accept("{")) {
            return object(depth);
        }
        if (accept("[")) {
            return list(depth);
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return string();
        }
        if (accept("null")) {
            return null;
        }
        if (accept("true")) {
            return true;
        }
        if (accept("false")) {
            return false;
        }
        return number();
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> fields = new LinkedHashMap<>();
        space();
        if (accept("}")) {
            return fields;
        }
        do {
            space();
            String name = string();
            expect(":");
            fields.put(name, value(depth + 1));
            space();
        } while (accept(","));
        expect("}");
        return fields;
    }

    private List<Object> list(int depth) {
        List<Object> items = new ArrayList<>();
        space();
        if (accept("]")) {
            return items;
        }
        do {
            items.add(value(depth + 1));
            space();
        } while (accept(","));
        expect("]");
        return items;
    }

    private Object number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (at == start) {
            throw unexpected();
        }
        String digits = text.substring(start, at);
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException error) {
            return digits;
        }
    }

    private String string() {
        expect("\"");
        StringBuilder out = new StringBuilder();
        while (!accept("\"")) {
            if (at >= text.length() || text.charAt(at) < ' ') {
                throw unexpected();
            }
            out.append(accept("\\") ? escaped() : text.charAt(at++));
        }
        return out.toString();
    }

    private char escaped() {
        if (at >= text.length()) {
            throw unexpected();
        }
        char kind = text.charAt(at++);
        switch (kind) {
            case '"', '\\', '/':
                return kind;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                at += 4;
                if (at <= text.length()) {
                    return (char) Integer.parseInt(text.substring(at - 4, at), 16);
                }
                throw unexpected();
            default:
                throw unexpected();
        }
    }

    private boolean accept(String word) {
        boolean found = text.startsWith(word, at);
        at += found ? word.length() : 0;
        return found;
    }

    private void expect(String word) {
        space();
        if (!accept(word)) {
            throw unexpected();
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException unexpected() {
        String what = at < text.length() ? "unexpected '" + text.charAt(at) + "' at " + at : "it ends too early";
        return new IllegalArgumentException("not JSON: " + what);
    }
}
