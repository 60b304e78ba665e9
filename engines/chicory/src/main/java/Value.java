import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.util.Collection;

/**
 * A value.
 *
 * @param type such as i32
 * @param bits as an unsigned decimal number, null for a null reference
 */
record Value(String type, String bits) {
    /** From a pair, as the protocol has it. */
    static Value of(JsonElement pair) {
        JsonElement bits = pair.getAsJsonArray().get(1);
        return new Value(pair.getAsJsonArray().get(0).getAsString(), bits.isJsonNull() ? null : bits.getAsString());
    }

    JsonArray json() {
        JsonArray pair = new JsonArray();
        pair.add(type);
        pair.add(bits);
        return pair;
    }

    static JsonArray array(Collection<String> words) {
        JsonArray array = new JsonArray();
        words.forEach(array::add);
        return array;
    }
}
