package sallyport.gateway.reload;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;

/**
 * Counts of the users of resources. A resource is closed when its last user gives it back. Equal
 * resources are different ones: identity counts. Not for several threads.
 */
final class References<R> {
  private final IdentityHashMap<R, Integer> counts = new IdentityHashMap<>();
  private final Consumer<? super R> closer;

  /**
   * @param closer closes a resource; called once for each time that a count falls to zero
   */
  References(Consumer<? super R> closer) {
    this.closer = closer;
  }

  /** Counts one more user of each of these resources. */
  void retain(Collection<? extends R> resources) {
    resources.forEach(resource -> counts.merge(resource, 1, Integer::sum));
  }

  /**
   * Counts one user less of each of these resources, and closes those without a user.
   *
   * @throws IllegalStateException when one has no user
   */
  void release(Collection<? extends R> resources) {
    for (R resource : resources) {
      Integer users = counts.get(resource);
      if (users == null) {
        throw new IllegalStateException("given back more often than taken: " + resource);
      }
      if (users > 1) {
        counts.put(resource, users - 1);
      } else {
        counts.remove(resource);
        closer.accept(resource);
      }
    }
  }

  /** Returns the resources that have a user. */
  List<R> used() {
    return List.copyOf(counts.keySet());
  }

  /** Closes all resources, also those in use. */
  void closeAll() {
    List<R> all = used();
    counts.clear();
    all.forEach(closer);
  }
}
