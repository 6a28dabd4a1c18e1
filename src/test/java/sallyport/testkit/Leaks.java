package sallyport.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Records every buffer or engine that Netty finds lost. Installed before Netty makes its first
 * detector, see {@link LeakSession}.
 */
public final class Leaks {
  private static final List<String> FOUND = new CopyOnWriteArrayList<>();

  private Leaks() {}

  static void install() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @Override
          @SuppressWarnings("deprecation") // abstract all the same
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval, long maxActive) {
            return new Recording<>(resource, FOUND);
          }

          @Override
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval) {
            return new Recording<>(resource, FOUND);
          }
        });
  }

  /** What was lost so far. Collects garbage first, since that is how losses are noticed. */
  public static List<String> found() {
    for (int i = 0; i < 3; i++) {
      System.gc();
      // A detector looks for losses when something new is tracked.
      ByteBuf probe = ByteBufAllocator.DEFAULT.directBuffer(16);
      probe.release();
    }
    return List.copyOf(FOUND);
  }

  static final class Recording<T> extends ResourceLeakDetector<T> {
    private final List<String> found;

    Recording(Class<T> resource, List<String> found) {
      super(resource, 1);
      this.found = found;
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
