package sallyport.logging;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Bounded queue without locks: any number of threads add, one thread takes. Adding never waits: it
 * fails where the queue is full.
 *
 * <p>The order is that of the turns that {@link #next} deals out. A place is written after its turn
 * was taken, so the taking thread may find a place empty for a moment although {@link #size} counts
 * it.
 */
final class LineQueue<T> {
  private final AtomicReferenceArray<@Nullable T> places;

  /** Turns dealt out so far. */
  private final AtomicLong next = new AtomicLong();

  /** Turns taken so far; changed by the taking thread alone. */
  private final AtomicLong taken = new AtomicLong();

  LineQueue(int capacity) {
    places = new AtomicReferenceArray<>(capacity);
  }

  /** Returns false, and adds nothing, where the queue is full. Any thread. */
  boolean offer(T line) {
    long turn;
    do {
      turn = next.get();
      if (turn - taken.get() >= places.length()) {
        return false;
      }
    } while (!next.compareAndSet(turn, turn + 1));
    places.setRelease(place(turn), line);
    return true;
  }

  /**
   * Removes and returns the oldest line; null where there is none, or none yet. One thread alone.
   */
  @Nullable T poll() {
    long turn = taken.get();
    int place = place(turn);
    T line = places.getAcquire(place);
    if (line != null) {
      places.setPlain(place, null);
      taken.setRelease(turn + 1);
    }
    return line;
  }

  /** Returns how many lines wait; those whose place is being written included. Any thread. */
  int size() {
    long done = taken.get();
    return Math.clamp(next.get() - done, 0, places.length());
  }

  int capacity() {
    return places.length();
  }

  private int place(long turn) {
    return (int) (turn % places.length());
  }
}
