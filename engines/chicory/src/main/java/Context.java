import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What a command runs under: done at a deadline or a cancel, whichever comes first. */
final class Context {
    private static final ScheduledThreadPoolExecutor ALARMS = alarms();

    private final boolean limited;
    private final Long deadline;
    private String cause;
    private long doneAt;
    private Runnable whenDone = () -> {};
    private Future<?> alarm;

    private Context() {
        limited = false;
        deadline = null;
    }

    /** The limits of a command; when it started, in nanoseconds. */
    Context(JsonObject limits, long started) {
        limited = true;
        JsonElement timeout = limits.get("timeout");
        if (timeout == null || timeout.isJsonNull()) {
            deadline = null;
        } else {
            long sum = started + timeout.getAsLong();
            deadline = sum < started && timeout.getAsLong() > 0 ? Long.MAX_VALUE : sum;
            alarm = ALARMS.schedule(this::ring, Math.max(0, deadline - now()), TimeUnit.NANOSECONDS);
        }
        if (limits.has("cancelled") && limits.get("cancelled").getAsBoolean()) {
            cancel();
        }
    }

    /** One that is never done. */
    static Context background() {
        return new Context();
    }

    /** CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine: HotSpot takes it on Linux. */
    static long now() {
        return System.nanoTime();
    }

    void cancel() {
        synchronized (this) {
            if (limited && cause() == null) {
                cause = "cancelled";
                doneAt = now();
            }
        }
        ring();
    }

    /** "deadline" or "cancelled", null as long as it is not done. */
    synchronized String cause() {
        if (cause == null && deadline != null && now() >= deadline) {
            cause = "deadline";
            doneAt = deadline;
        }
        return cause;
    }

    /** What to do when it is done, if it is; replaces what it was. */
    void whenDone(Runnable action) {
        synchronized (this) {
            whenDone = action;
        }
        if (cause() != null) {
            action.run();
        }
    }

    /** Lets go of it; when it was done, null if it was not. */
    synchronized Long release() {
        if (alarm != null) {
            alarm.cancel(false);
        }
        whenDone = () -> {};
        return cause() == null ? null : Long.valueOf(doneAt);
    }

    /** Sleeps until then, or until it is done; throws InterruptedException if the thread is interrupted. */
    synchronized void sleep(long until) throws InterruptedException {
        for (long left = until - now(); left > 0 && cause() == null; left = until - now()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private void ring() {
        Runnable action;
        synchronized (this) {
            if (cause() == null) {
                return;
            }
            action = whenDone;
            notifyAll();
        }
        action.run();
    }

    private static ScheduledThreadPoolExecutor alarms() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, body -> {
            Thread thread = new Thread(body, "alarms");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }
}
