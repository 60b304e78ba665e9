/** A call of the guest: what interrupts it, and the thread that it runs on. */
final class Call {
    private static final ThreadLocal<Call> CURRENT = new ThreadLocal<>();

    final Context context;
    /** The instance that was entered from outside, null while it is made. */
    final Guest guest;

    private final boolean interruptible;
    private final Thread thread = Thread.currentThread();
    private boolean running = true;
    private int deaf;

    Call(Context context, Guest guest, boolean interruptible) {
        this.context = context;
        this.guest = guest;
        this.interruptible = interruptible;
        CURRENT.set(this);
        if (interruptible) {
            context.whenDone(this::interrupt);
        }
    }

    /** The call that this thread is in. */
    static Call current() {
        return CURRENT.get();
    }

    /** Why it has to stop; null while it may go on. */
    String cause() {
        return closed() ? "closed" : context.cause();
    }

    private boolean closed() {
        return guest != null && guest.closed();
    }

    /** Chicory looks whether its thread is interrupted. */
    synchronized void interrupt() {
        if (interruptible && running && (deaf == 0 || closed())) {
            thread.interrupt();
        }
    }

    /** What runs now is not interrupted when the context is done; what runs after it is. */
    void runDeaf(Runnable body) {
        synchronized (this) {
            deaf++;
            Thread.interrupted();
        }
        try {
            body.run();
        } finally {
            synchronized (this) {
                deaf--;
            }
            if (cause() != null) {
                interrupt();
            }
        }
    }

    /** Nothing interrupts the thread on its account any more. */
    synchronized void end() {
        running = false;
        CURRENT.remove();
        Thread.interrupted();
    }
}
