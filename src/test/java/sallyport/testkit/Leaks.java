package sallyport.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Records every buffer, engine or context that Netty finds lost. Installed before Netty makes its
 * first detector, see {@link LeakSession}.
 */
public final class Leaks {
  private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

  /** One a class of resources. */
  private static final Queue<Recording<?>> DETECTORS = new ConcurrentLinkedQueue<>();

  private static final int COLLECTIONS = 20;

  private Leaks() {}

  static void install() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @Override
          @SuppressWarnings("deprecation") // abstract all the same
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval, long maxActive) {
            return newResourceLeakDetector(resource, samplingInterval);
          }

          @Override
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval) {
            Recording<T> detector = new Recording<>(resource, FOUND);
            DETECTORS.add(detector);
            return detector;
          }
        });
  }

  /** Whether Netty has been used at all. */
  static boolean watched() {
    return !DETECTORS.isEmpty();
  }

  /** What was lost since the last call. Collects garbage first: that is how losses are noticed. */
  public static List<String> found() {
    for (int i = 0; i < 2; i++) {
      collect();
      DETECTORS.forEach(Recording::look);
    }
    List<String> lost = new ArrayList<>();
    String each;
    while ((each = FOUND.poll()) != null) {
      lost.add(each);
    }
    return lost;
  }

  /** Returns once a collection has cleared and queued weak references. */
  static void collect() {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> canary = new WeakReference<>(new Object(), queue);
    try {
      Reference<?> cleared = null;
      for (int i = 0; i < COLLECTIONS && cleared == null; i++) {
        System.gc();
        cleared = queue.remove(1000);
      }
      if (cleared == null) {
        throw new AssertionError(COLLECTIONS + " collections have cleared no weak reference");
      }
      canary.clear();
    } catch (InterruptedException interrupted) {
      throw new AssertionError("interrupted while waiting for the collector", interrupted);
    }
  }

  static final class Recording<T> extends ResourceLeakDetector<T> {
    private final Queue<String> found;

    Recording(Class<T> resource, Queue<String> found) {
      super(resource, 1);
      this.found = found;
    }

    /** A detector looks for losses only when something new is tracked. */
    @SuppressWarnings("unchecked") // The detector never looks into what it tracks.
    void look() {
      T probe = (T) new Object();
      ResourceLeakTracker<T> tracker = track(probe);
      if (tracker != null) {
        tracker.close(probe);
      }
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      found.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      found.add(resourceType);
    }
  }
}
