import com.dylibso.chicory.runtime.Store;

/** What can be imported from a module name. */
interface Provider {
    /** Adds what it has to a store, under that name. */
    void provide(String name, Store store);
}
