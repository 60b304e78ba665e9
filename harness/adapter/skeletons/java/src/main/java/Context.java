import java.util.Map;

/** What a command runs under: done at a deadline or a cancel, whichever comes first. */
final class Context {
    private final Long deadline;
    private volatile Long cancelledAt;

    /** The limits of a command, null if it has none; when it started, in nanoseconds. */
    Context(Map<?, ?> limits, long started) {
        Long timeout = limits == null ? null : (Long) limits.get("timeout");
        deadline = timeout == null ? null : Long.valueOf(started + timeout);
        if (limits != null && Boolean.TRUE.equals(limits.get("cancelled"))) {
            cancel();
        }
    }

    /** CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine: HotSpot takes it on Linux. */
    static long now() {
        return System.nanoTime();
    }

    synchronized void cancel() {
        if (cause() == null) {
            cancelledAt = now();
        }
    }

    /** "deadline" or "cancelled", null as long as it is not done. */
    String cause() {
        if (cancelledAt != null) {
            return "cancelled";
        }
        return deadline != null && now() >= deadline ? "deadline" : null;
    }

    /** When it was done, null if it is not. */
    Long done() {
        return "deadline".equals(cause()) ? deadline : cancelledAt;
    }
}
