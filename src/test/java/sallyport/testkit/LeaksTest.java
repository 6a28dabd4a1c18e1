package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class LeaksTest {
  private final Queue<String> found = new ConcurrentLinkedQueue<>();
  private final Leaks.Recording<Object> isolated = new Leaks.Recording<>(Object.class, found);

  @Test
  void aResourceThatIsDroppedWithoutReleaseIsReported() {
    leak();
    lookAgain();
    assertThat(found).singleElement().asString().startsWith("Object");
  }

  @Test
  void aResourceThatIsReleasedIsNotReported() {
    release();
    lookAgain();
    assertThat(found).isEmpty();
  }

  @Test
  void theDetectorsOfNettysBuffersAreOurs() throws Exception {
    // Any class of buffers will do: this one is the base of all.
    var field = Class.forName("io.netty.buffer.AbstractByteBuf").getDeclaredField("leakDetector");
    field.setAccessible(true);
    assertThat(field.get(null)).isInstanceOf(Leaks.Recording.class);
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
  }

  @Test
  void buffersOfTheDefaultAllocatorAreTracked() {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer();
    assertThat(buffer.getClass().getSimpleName()).contains("LeakAware");
    buffer.release();
  }

  private void leak() {
    Object resource = new Object();
    isolated.track(resource);
  }

  private void release() {
    Object resource = new Object();
    ResourceLeakTracker<Object> tracker = isolated.track(resource);
    assertThat(tracker).isNotNull();
    tracker.close(resource);
  }

  private void lookAgain() {
    for (int i = 0; i < 2; i++) {
      Leaks.collect();
      isolated.look();
    }
  }
}
