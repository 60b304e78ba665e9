import java.util.Arrays;
import java.util.List;

/**
 * A value.
 *
 * @param type such as i32
 * @param bits as an unsigned decimal number, null for a null reference
 */
record Value(String type, String bits) {
    /** From a pair, as the protocol has it. */
    static Value of(Object pair) {
        List<?> both = (List<?>) pair;
        return new Value((String) both.get(0), (String) both.get(1));
    }

    List<String> json() {
        return Arrays.asList(type, bits); // which, unlike List.of, may have a null
    }
}
